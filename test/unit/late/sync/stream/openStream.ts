import { gzipSync, deflateSync } from 'node:zlib'
import { vi } from 'vitest'
import { evaluatorDoor } from '../../../../../src/evaluation/evaluate'
import { createStream } from '../../../../../src/late/sync/stream/createStream'
import { answerOf, openPolling } from '../openPolling'
import { settle } from '../../../definitions/fakes'
import { countInflations } from './inflated'
import type { EventSourceListener } from '../../../../../src/browser/eventSource'
import type { Reply, Request } from '../openPolling'

/** A token as the service makes them; nobody checks its signature. */
export function tokenOf(channels: readonly string[], livesForS = 3600, more: object = {}): string {
  const capability = JSON.stringify(Object.fromEntries(channels.map((channel) => [channel, ['subscribe']])))
  const payload = { 'x-ably-capability': capability, 'x-ably-clientId': 'ï', iat: 1000, exp: 1000 + livesForS, ...more }
  return `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.sig`
}

export const CHANNELS = ['o_e_flags', 'o_e_memberships', 'control_pri', 'control_sec']
export const GRANTED = { pushEnabled: true, token: tokenOf(CHANNELS), connDelay: 2 }

export const gzip = (text: string | Uint8Array) => gzipSync(text).toString('base64')
export const zlib = (text: string | Uint8Array) => deflateSync(text).toString('base64')
export const plain = (text: string) => Buffer.from(text).toString('base64')

interface StreamOptions {
  keys?: readonly string[]
  /** The service's answer to a request for a token. */
  auth?: (request: Request) => Reply
  polling?: Parameters<typeof openPolling>[0]
}

/** A stream against a fake server, event source, page and clock, on top of polling that is ready. */
export async function openStream({ keys = ['user1'], auth = () => GRANTED, polling: options }: StreamOptions = {}) {
  countInflations()
  const parts = openPolling(options)
  const { polling, definitions, clock } = parts
  /** `opensAtOnce`: a connection needs no `open()`. `isForbidden`: none can be made. */
  const server = { auth, opensAtOnce: false, isForbidden: false }
  const sources: { url: string; listener: EventSourceListener; isClosed: boolean }[] = []
  const onFault = vi.fn<(why: string) => void>()
  const onUnreadable = vi.fn<() => void>()
  const start = clock.now()
  const registrations = keys.map((key) => parts.keys.register(key))
  parts.start()
  await settle()
  parts.asked()

  const stream = createStream({
    http: {
      async get(url, { signal } = {}) {
        const request = {
          at: clock.now() - start,
          url: url.replace('https://auth.test/api', ''),
          noCache: false,
          isFirst: false,
          signal,
        }
        parts.requests.push(request)
        const reply = await server.auth(request)
        return answerOf(
          reply,
          signal?.aborted ? undefined : typeof reply === 'object' ? 200 : reply,
          parts.server.retryAfterMs,
        )
      },
    },
    polling,
    definitions,
    openEventSource: (url, listener) => {
      if (server.isForbidden) throw new DOMException('no', 'SecurityError')
      const source = { url, listener, isClosed: false }
      sources.push(source)
      if (server.opensAtOnce) queueMicrotask(() => !source.isClosed && listener.onOpen())
      return () => {
        source.isClosed = true
      }
    },
    page: parts.page,
    clock,
    authUrl: 'https://auth.test/api/v2/auth',
    streamingUrl: 'https://streaming.test/sse',
    sdkKey: 'sdk-key-1234abcd',
    sdkVersion: 'pennon-0.2.0',
    hashing: evaluatorDoor,
    // There is no jitter, so that tests know the times.
    backoff: (failures, baseMs = 1000, mostMs = 300_000) => Math.min(mostMs, baseMs * 2 ** failures),
    onFault,
    onUnreadable,
  })
  const last = () => sources.at(-1) as (typeof sources)[number]
  let timestamp = clock.now()

  return {
    ...parts,
    stream,
    registrations,
    sources,
    onFault,
    onUnreadable,
    authServer: server,
    last,
    /** Connections that are open, or opening. */
    live: () => sources.filter(({ isClosed }) => !isClosed).length,
    open: async () => {
      last().listener.onOpen()
      await settle()
    },
    /** Fails a connection. The source is closed first, as by the browser. */
    fail: async (data?: unknown) => {
      last().isClosed = true
      last().listener.onError(data === undefined ? undefined : JSON.stringify(data))
      await settle()
    },
    /** A message of the service in its envelope. */
    send: async (data: unknown, channel = 'o_e_flags', envelope: object = {}) => {
      timestamp++
      last().listener.onMessage(
        JSON.stringify({
          id: 'x',
          clientId: 'y',
          timestamp,
          encoding: 'json',
          channel,
          data: JSON.stringify(data),
          ...envelope,
        }),
      )
      await settle()
    },
    occupancy: async (region: 'pri' | 'sec', publishers: number, at?: number) => {
      last().listener.onMessage(
        JSON.stringify({
          timestamp: at ?? ++timestamp,
          channel: `[?occupancy=metrics.publishers]control_${region}`,
          data: JSON.stringify({ metrics: { publishers } }),
          name: '[meta]occupancy',
        }),
      )
      await settle()
    },
    control: async (controlType: string, at?: number, channel = 'control_pri') => {
      last().listener.onMessage(
        JSON.stringify({
          timestamp: at ?? ++timestamp,
          channel,
          data: JSON.stringify({ type: 'CONTROL', controlType }),
        }),
      )
      await settle()
    },
    now: () => timestamp,
  }
}

/** A stream that is open, with no fetch going on. */
export async function openedStream(options?: StreamOptions) {
  const parts = await openStream(options)
  parts.stream.start()
  await parts.clock.advance(2000)
  await parts.open()
  parts.asked()
  return parts
}
