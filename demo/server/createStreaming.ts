import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { createEventStream, type EventStream } from './createEventStream'
import { createTokens } from './createTokens'
import type { Channel, DemoStreaming, NodeEnv, StreamingSettings } from './types'

interface Connection {
  stream: EventStream
  channels: Set<string>
  expiry: NodeJS.Timeout
}

/** The wish that comes with the channels of the regions: to hear how many publishers there are, at once and when that changes. */
const occupancyPrefix = '[?occupancy=metrics.publishers]'
/** The errors of the service's push network for a token that ran out, and for one that it does not know. */
const tokenExpired = 40142
const tokenUnknown = 40101
const regions = ['pri', 'sec'] as const
/** The longest wait of a timer, ms: longer ones fire at once. */
const longestTimerMs = 2 ** 31 - 1

const defaults: StreamingSettings = { enabled: true, connectDelayS: 0, tokenLifeS: 3600, keepaliveMs: 15_000 }

/**
 * The service's push network: tokens that name channels, and streams of server-sent events that bring what is published on
 * them.
 */
export function createStreaming(environmentId: string, first: Partial<StreamingSettings>) {
  let settings = { ...defaults, ...first }
  const number = (from: number) => base64(String(parseInt(environmentId.slice(from, from + 7), 16)))
  const prefix = `${number(0)}_${number(24)}`
  const tokens = createTokens(prefix)
  const connectionId = randomBytes(7).toString('base64url')
  const publishers = { pri: 2, sec: 2 }
  const connections = new Set<Connection>()
  const waiting = new Set<() => void>()
  let messages = 0
  let lastTimestamp = 0
  let keepalive: NodeJS.Timeout | undefined

  const nameOf = (channel: Channel) => (channel.startsWith('control_') ? channel : `${prefix}_${channel}`)

  function envelope(channel: string, data: unknown, timestamp: number, name?: string) {
    const id = `${connectionId}:${messages++}:0`
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    const message = { id, clientId: 'pennon:demo', timestamp, encoding: 'json', channel, data: text, name }
    return { id, event: 'message', data: JSON.stringify(message) }
  }

  /** Epoch ms, never twice the same, so that of two messages in one millisecond the second is newer. */
  function now() {
    lastTimestamp = Math.max(lastTimestamp + 1, Date.now())
    return lastTimestamp
  }

  function occupancyOf(region: 'pri' | 'sec') {
    const data = { metrics: { publishers: publishers[region] } }
    return envelope(`${occupancyPrefix}control_${region}`, data, now(), '[meta]occupancy')
  }

  /** Sends a message to the streams that listen to a channel. */
  function send(event: ReturnType<typeof envelope>, to: string) {
    for (const { stream, channels } of connections) if (channels.has(to)) stream.send(event)
  }

  const write = (text: string) => connections.forEach(({ stream }) => stream.write(text))

  function refuse(which: Iterable<Connection>, code: number) {
    for (const { stream } of [...which]) {
      stream.send({ event: 'error', data: JSON.stringify(fault(code)) })
      stream.end()
    }
  }

  function forget(connection: Connection) {
    clearTimeout(connection.expiry)
    connections.delete(connection)
    if (connections.size === 0) clearInterval(keepalive)
  }

  return {
    /** The answer of the auth endpoint. */
    authenticate() {
      const { enabled, tokenLifeS, connectDelayS } = settings
      if (!enabled) return { pushEnabled: false, token: '' }
      return { pushEnabled: true, token: tokens.issue(tokenLifeS), connDelay: connectDelayS }
    },

    /**
     * Looks at who asks for a stream.
     *
     * @param search the query of the request
     * @returns what opens the stream, or why there is none
     */
    connect(search: string): { error: object } | { follow: <Env extends NodeEnv>(context: Context<Env>) => Response } {
      const query = new URLSearchParams(search)
      const grant = tokens.read(query.get('accessToken') ?? '')
      if (!grant) return { error: fault(tokenUnknown) }
      if (grant.expiresAt <= Date.now()) return { error: fault(tokenExpired) }
      const channels = new Set((query.get('channels') ?? '').split(','))
      const names = [...channels].map((channel) => channel.replace(occupancyPrefix, ''))
      if (!names.every((name) => grant.channels.includes(name))) return { error: fault(tokenUnknown) }

      return {
        follow(context) {
          const life = Math.min(grant.expiresAt - Date.now(), longestTimerMs)
          const expiry = setTimeout(() => refuse([connection], tokenExpired), life).unref()
          const stream = createEventStream(context, { onClose: () => forget(connection) })
          const connection: Connection = { stream, channels: new Set([...channels, ...names]), expiry }
          if (connections.size === 0) {
            keepalive = setInterval(() => write(':keepalive\n\n'), settings.keepaliveMs).unref()
          }
          connections.add(connection)
          stream.write(':ok\n\n')
          for (const region of regions) {
            if (channels.has(`${occupancyPrefix}control_${region}`)) stream.send(occupancyOf(region))
          }
          for (const check of [...waiting]) check()
          return stream.response
        },
      }
    },

    /** What tests and the QA page can do with streaming. */
    controls: {
      connections: () => connections.size,

      connected: (count = 1, { timeoutMs = 10_000 } = {}) =>
        new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => {
            waiting.delete(check)
            reject(new Error(`After ${timeoutMs} ms ${connections.size} of ${count} streams are connected`))
          }, timeoutMs)
          const check = () => {
            if (connections.size < count) return
            waiting.delete(check)
            clearTimeout(timer)
            resolve()
          }
          waiting.add(check)
          check()
        }),

      configure(next) {
        settings = { ...settings, ...next }
      },

      publish(message, { channel = channelOf(message), timestamp = now() } = {}) {
        send(envelope(nameOf(channel), message, timestamp), nameOf(channel))
      },

      write,

      occupancy(count, region) {
        for (const each of region ? [region] : regions) {
          publishers[each] = count
          send(occupancyOf(each), `${occupancyPrefix}control_${each}`)
        }
      },

      control(controlType, region = 'pri') {
        const channel = `control_${region}`
        send(envelope(channel, { type: 'CONTROL', controlType }, now()), channel)
      },

      error: (code) => refuse(connections, code),

      expireTokens() {
        tokens.expireAll()
        refuse(connections, tokenExpired)
      },

      drop() {
        for (const { stream } of connections) stream.cut()
      },
    } satisfies DemoStreaming,
  }
}

/** The channel on which the service publishes such a message. */
function channelOf(message: unknown): Channel {
  const { type } = (message ?? {}) as { type?: unknown }
  if (String(type).startsWith('MEMBERSHIPS_')) return 'memberships'
  return type === 'CONTROL' ? 'control_pri' : 'flags'
}

function fault(code: number) {
  const statusCode = Math.floor(code / 100)
  return { code, statusCode, message: `error ${code}`, href: `https://help.ably.io/error/${code}` }
}

function base64(text: string) {
  return Buffer.from(text).toString('base64')
}
