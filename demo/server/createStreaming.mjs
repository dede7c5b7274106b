// @ts-check
import { randomBytes } from 'node:crypto'
import { createTokens } from './createTokens.mjs'

/**
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {import('./createServer.mjs').Channel} Channel
 * @typedef {import('./createServer.mjs').StreamingSettings} StreamingSettings
 * @typedef {{ response: ServerResponse, channels: Set<string>, expiry: NodeJS.Timeout }} Connection
 */

/** Asked for with the channels of the regions: tells how many publishers there are, at once and when that changes. */
const occupancyPrefix = '[?occupancy=metrics.publishers]'
/** What the service's push network says of a token that ran out, and of one that it does not know. */
const tokenExpired = 40142
const tokenUnknown = 40101
/** Longer timers fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** @type {StreamingSettings} */
const defaults = { enabled: true, connectDelayS: 0, tokenLifeS: 3600, keepaliveMs: 15_000 }

/**
 * The service's push network: tokens that name channels, and streams of server-sent events that bring what is published on
 * them.
 *
 * @param {string} environmentId
 * @param {Partial<StreamingSettings>} first
 */
export function createStreaming(environmentId, first) {
  let settings = { ...defaults, ...first }
  const number = (/** @type {number} */ from) => base64(String(parseInt(environmentId.slice(from, from + 7), 16)))
  const prefix = `${number(0)}_${number(24)}`
  const tokens = createTokens(prefix)
  const connectionId = randomBytes(7).toString('base64url')
  const publishers = { pri: 2, sec: 2 }
  /** @type {Set<Connection>} */
  const connections = new Set()
  /** @type {Set<() => void>} */
  const waiting = new Set()
  let messages = 0
  let lastTimestamp = 0
  /** @type {NodeJS.Timeout | undefined} */
  let keepalive

  const nameOf = (/** @type {Channel} */ channel) => (channel.startsWith('control_') ? channel : `${prefix}_${channel}`)

  /**
   * @param {string} channel
   * @param {unknown} data
   * @param {number} timestamp
   * @param {string} [name]
   */
  function envelope(channel, data, timestamp, name) {
    const id = `${connectionId}:${messages++}:0`
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    const message = { id, clientId: 'pennon:demo', timestamp, encoding: 'json', channel, data: text, name }
    return `id: ${id}\nevent: message\ndata: ${JSON.stringify(message)}\n\n`
  }

  /** Never twice the same, so that of two messages in one millisecond the second is newer. */
  function now() {
    lastTimestamp = Math.max(lastTimestamp + 1, Date.now())
    return lastTimestamp
  }

  /** @param {'pri' | 'sec'} region */
  function occupancyOf(region) {
    const data = { metrics: { publishers: publishers[region] } }
    return envelope(`${occupancyPrefix}control_${region}`, data, now(), '[meta]occupancy')
  }

  /**
   * @param {string} text
   * @param {string} [channel] those who listen to it, otherwise all
   */
  function write(text, channel) {
    for (const { response, channels } of connections) if (!channel || channels.has(channel)) response.write(text)
  }

  /**
   * @param {Iterable<Connection>} which
   * @param {number} code
   */
  function refuse(which, code) {
    for (const { response } of which) response.end(`event: error\ndata: ${JSON.stringify(fault(code))}\n\n`)
  }

  /** @param {Connection} connection */
  function forget(connection) {
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
     * Opens a stream.
     *
     * @param {string} search the query of the request
     * @returns {{ status: number, body?: unknown, follow?: (response: ServerResponse, headers: Record<string, string>) => void }}
     */
    connect(search) {
      const query = new URLSearchParams(search)
      const grant = tokens.read(query.get('accessToken') ?? '')
      if (!grant) return { status: 401, body: { error: fault(tokenUnknown) } }
      if (grant.expiresAt <= Date.now()) return { status: 401, body: { error: fault(tokenExpired) } }
      const channels = new Set((query.get('channels') ?? '').split(','))
      const names = [...channels].map((channel) => channel.replace(occupancyPrefix, ''))
      if (!names.every((name) => grant.channels.includes(name)))
        return { status: 401, body: { error: fault(tokenUnknown) } }

      return {
        status: 200,
        follow(response, headers) {
          response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers })
          const life = Math.min(grant.expiresAt - Date.now(), longestTimerMs)
          const expiry = setTimeout(() => refuse([connection], tokenExpired), life).unref()
          const connection = { response, channels: new Set([...channels, ...names]), expiry }
          if (connections.size === 0) {
            keepalive = setInterval(() => write(':keepalive\n\n'), settings.keepaliveMs).unref()
          }
          connections.add(connection)
          response.on('close', () => forget(connection))
          response.write(':ok\n\n')
          for (const region of /** @type {const} */ (['pri', 'sec'])) {
            if (channels.has(`${occupancyPrefix}control_${region}`)) response.write(occupancyOf(region))
          }
          for (const check of [...waiting]) check()
        },
      }
    },

    /** What tests and the QA page do with it. @type {import('./createServer.mjs').DemoStreaming} */
    controls: {
      connections: () => connections.size,

      connected: (count = 1, { timeoutMs = 10_000 } = {}) =>
        new Promise((resolve, reject) => {
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
        write(envelope(nameOf(channel), message, timestamp), nameOf(channel))
      },

      write: (text) => write(text),

      occupancy(count, region) {
        for (const each of region ? [region] : /** @type {const} */ (['pri', 'sec'])) {
          publishers[each] = count
          write(occupancyOf(each), `${occupancyPrefix}control_${each}`)
        }
      },

      control(controlType, region = 'pri') {
        const channel = `control_${region}`
        write(envelope(channel, { type: 'CONTROL', controlType }, now()), channel)
      },

      error: (code) => refuse(connections, code),

      expireTokens() {
        tokens.expireAll()
        refuse(connections, tokenExpired)
      },

      drop() {
        for (const { response } of connections) response.socket?.resetAndDestroy()
      },
    },
  }
}

/**
 * Where the service publishes such a message.
 *
 * @param {unknown} message
 * @returns {Channel}
 */
function channelOf(message) {
  const { type } = /** @type {{ type?: unknown }} */ (message ?? {})
  if (String(type).startsWith('MEMBERSHIPS_')) return 'memberships'
  return type === 'CONTROL' ? 'control_pri' : 'flags'
}

/** @param {number} code */
function fault(code) {
  const statusCode = Math.floor(code / 100)
  return { code, statusCode, message: `error ${code}`, href: `https://help.ably.io/error/${code}` }
}

/** @param {string} text */
function base64(text) {
  return Buffer.from(text).toString('base64')
}
