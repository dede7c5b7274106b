import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../../src/definitions/definitions'
import { createFirstRequests } from '../../../../src/definitions/firstRequests'
import { createKeys } from '../../../../src/definitions/keys'
import { createService } from '../../../../src/definitions/service'
import { evaluatorDoor } from '../../../../src/evaluation/evaluate'
import { createStream } from '../../../../src/late/sync/stream/createStream'
import { createPolling } from '../../../../src/late/sync/polling'
import { createHeaders } from '../../../../src/shared/headers'
import { createHub } from '../../../../src/shared/hub'
import { createLog } from '../../../../src/shared/log'
import { SDK_VERSION } from '../../../../src/shared/version'
import { createHttp } from '../../../../src/late/http'
import { createFakeClock, flag, inSegment, splitChanges } from '../../definitions/fakes'
import { countInflations, inflated } from './stream/inflated'
import { GRANTED } from './stream/openStream'
import type { EventSourceListener } from '../../../../src/browser/eventSource'

/** What the official browser SDK asked for, recorded with a virtual clock; definitions are cut down. */
interface Recording {
  description: string
  keys: string[]
  /** The recording begins with a stream that is open, in this state. */
  opened?: { changeNumbers: [number, number]; memberships: object }
  isProxy?: boolean
  /** Keys that come along at its beginning. */
  added?: string[]
  headers: Record<string, string>
  inputs: { at: number; open?: true; message?: { timestamp: number }; error?: unknown }[]
  connections: { at: number; url?: string; close?: true }[]
  requests: { at: number; url: string; noCache?: true; status?: number; body?: unknown }[]
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./recordings/${name}.json`, import.meta.url), 'utf8')) as Recording

async function replay(recording: Recording) {
  const clock = createFakeClock(1_700_000_000_000, inflated)
  let zero = clock.now()
  let isPrelude = true
  const asked: { at: number; url: string; headers: Record<string, string> }[] = []
  const connections: { at: number; url?: string; close?: true }[] = []
  const left = [...recording.requests]
  const prelude = (url: string): unknown => {
    if (url.includes('/auth')) return { ...GRANTED, connDelay: 0 }
    if (url.includes('/memberships')) return recording.opened?.memberships
    const [flags, segments] = recording.opened?.changeNumbers ?? [-1, -1]
    return splitChanges(flags, [flag('plain', 1), flag('seg_flag', 1, { conditions: [inSegment('s')] })], segments)
  }
  countInflations()
  vi.stubGlobal('fetch', async (url: string, { headers }: { headers: Record<string, string> }) => {
    if (isPrelude) return Response.json(prelude(url))
    asked.push({ at: clock.now() - zero, url, headers: Object.fromEntries(new Headers(headers)) })
    const index = left.findIndex((request) => request.url === url)
    if (index < 0)
      return Response.json(recording.isProxy ? { splits: [], since: 900, till: 900 } : {}, {
        status: recording.isProxy ? 200 : 404,
      })
    const [{ status, body }] = left.splice(index, 1) as [Recording['requests'][0]]
    return status === undefined ? Response.error() : Response.json(body, { status })
  })

  const base = recording.isProxy ? 'https://proxy.acme.com/api' : 'https://sdk.split.io/api'
  const log = createLog({ debug() {}, info() {}, warn() {}, error() {} }, 'none')
  const hub = createHub(log)
  const keys = createKeys(hub)
  const headers = createHeaders('sdk-key-1234abcd', undefined, log)
  const http = createHttp({ headers, timeoutMs: 5000, clock })
  const service = createService(`${base}/splitChanges`, `${base}/memberships`, {})
  const definitions = createDefinitions({})
  const firstRequests = createFirstRequests({ service, headers, definitions, keys, hub, timeoutMs: 5000, clock })
  const nobody = () => {}
  // There is no jitter, as in the official SDK.
  const backoff = (failures: number, baseMs = 1000, mostMs = 300_000) => Math.min(mostMs, baseMs * 2 ** failures)
  const page = { isActive: () => true, onChange: () => nobody }
  const polling = createPolling({
    http,
    service,
    definitions,
    keys,
    firstRequests,
    writer: undefined,
    hub,
    mayStoreUser: () => false,
    page,
    clock,
    isProxied: !!recording.isProxy,
    settings: { definitionsRefreshMs: 60_000, membershipsRefreshMs: 60_000 },
    backoff,
  })
  const start = () => {
    firstRequests.ask()
    polling.start()
  }
  let listener: EventSourceListener | undefined
  const stream = createStream({
    http,
    polling,
    definitions,
    openEventSource: (url, heard) => {
      if (!isPrelude) connections.push({ at: clock.now() - zero, url: url.replace(SDK_VERSION, '{sdk}') })
      listener = heard
      return () => {
        if (!isPrelude) connections.push({ at: clock.now() - zero, close: true })
      }
    },
    page,
    clock,
    authUrl: 'https://auth.split.io/api/v2/auth',
    streamingUrl: 'https://streaming.split.io/sse',
    sdkKey: 'sdk-key-1234abcd',
    sdkVersion: SDK_VERSION,
    hashing: evaluatorDoor,
    backoff,
    onFault: nobody,
    onUnreadable: nobody,
  })
  const isStreaming = recording.connections.length + recording.inputs.length > 0

  for (const key of recording.keys) keys.register(key)
  if (recording.opened) {
    start()
    await inflated()
    stream.start()
    await clock.advance(0)
    listener?.onOpen()
    await inflated()
  }
  isPrelude = false
  zero = clock.now()
  if (!recording.opened) {
    start()
    await inflated()
    if (isStreaming) stream.start()
    await inflated()
  }
  for (const key of recording.added ?? []) {
    keys.register(key)
    stream.addKey()
    await clock.advance(0)
  }
  for (const { at, open, message, error } of recording.inputs) {
    await clock.advance(at - (clock.now() - zero))
    if (open) listener?.onOpen()
    else if (message) listener?.onMessage(JSON.stringify(message))
    else {
      // The browser's `EventSource` is closed when its error is told.
      connections.push({ at, close: true })
      listener?.onError(error === undefined ? undefined : JSON.stringify(error))
    }
    await inflated()
  }
  const end = Math.max(0, ...[...recording.requests, ...recording.connections].map(({ at }) => at))
  await clock.advance(end - (clock.now() - zero))
  stream.stop()
  polling.stop()
  return { asked, connections, definitions }
}

const line = ({ at, url, isNoCache }: { at: number; url: string; isNoCache: boolean }) =>
  `${at} ${url}${isNoCache ? ' no-cache' : ''}`

/** Requests of one moment are sorted, because nobody promises their order. */
function momentsInOrder(lines: string[]): string[] {
  const ordered: string[] = []
  let moment: string[] = []
  for (const text of [...lines, '']) {
    if (/\/(memberships\/|splitChanges)/.test(text)) moment.push(text)
    else {
      ordered.push(...moment.sort((a, b) => parseInt(a) - parseInt(b) || (a < b ? -1 : 1)), text)
      moment = []
    }
  }
  return ordered
}

afterEach(() => vi.unstubAllGlobals())

describe('requests equal those recorded from the official SDK: order, encoding, headers, times', () => {
  it.each(['polling', 'stream', 'memberships', 'definitions-bypass', 'control', 'errors', 'added-key'])(
    '%s',
    async (name) => {
      const recording = read(name)
      const { asked, connections } = await replay(recording)
      const noCache = { 'cache-control': 'no-cache' }
      const common = Object.fromEntries(
        Object.entries(recording.headers).map(([key, value]) => [key.toLowerCase(), value]),
      )
      expect(
        momentsInOrder(asked.map(({ at, url, headers }) => line({ at, url, isNoCache: !!headers['cache-control'] }))),
      ).toEqual(
        momentsInOrder(recording.requests.map(({ at, url, noCache: is }) => line({ at, url, isNoCache: !!is }))),
      )
      for (const { headers } of asked) {
        expect(headers).toEqual({ ...common, splitsdkversion: SDK_VERSION, ...(headers['cache-control'] && noCache) })
      }
      // The last close is the end of the replay.
      expect(connections.slice(0, recording.connections.length)).toEqual(recording.connections)
    },
    30_000,
  )

  it('proxy', async () => {
    const recording = read('proxy')
    const { asked } = await replay(recording)
    const lines = asked.map(({ at, url }) => `${at} ${url}`)
    // Some polls were left out of the recording.
    expect(lines).toEqual(expect.arrayContaining(recording.requests.map(({ at, url }) => `${at} ${url}`)))
    const times = new Set(recording.requests.map(({ at }) => at))
    expect(asked.filter(({ at }) => times.has(at)).length).toBe(recording.requests.length)
  }, 30_000)

  it('and what came along with messages is there at the end', async () => {
    const { definitions } = await replay(read('stream'))
    expect(definitions.names()).toEqual(expect.arrayContaining(['iff1', 'iff2']))
    expect(definitions.names()).not.toContain('iff0')
    expect(definitions.raw('plain')).toMatchObject({ killed: true, defaultTreatment: 'killed_t' })
  }, 30_000)
})
