import { flag, inSegment, rule } from '../flag'

/** The service and the network between it and one tab. */
export interface FakeService {
  readonly fetch: typeof fetch
  readonly EventSource: new (url: string) => object
  /** Changes one flag, and tells the connections that are open. */
  update(): void
  /** Takes the network away, and with it every connection; or brings it back. */
  setOnline(isOnline: boolean): void
  /** The answer to every request in place of the right one; undefined: all is well. */
  setStatus(status: number | undefined): void
  /** Whether streaming has publishers. */
  setPublishers(count: number): void
  /** The version that each flag should have. */
  versions(): ReadonlyMap<string, number>
  /** Requests since the last call, by purpose. */
  takeRequests(): Record<string, number>
  connections(): number
}

interface Source {
  onopen: (() => void) | null
  onmessage: ((event: { data: string }) => void) | null
  onerror: ((event: object) => void) | null
}

const FLAGS = 50
/** The life of a token, s. */
const TOKEN_S = 3_600

export function createFakeService(now: () => number, random: () => number): FakeService {
  const versions = new Map(Array.from({ length: FLAGS }, (_, i) => [`flag_${i}`, now() - 1_000]))
  const sources = new Set<Source>()
  let changeNumber = now() - 1_000
  let isOnline = true
  let status: number | undefined
  let requests: Record<string, number> = {}

  const definitionOf = (name: string, changeNumber: number) =>
    flag(name, { changeNumber, conditions: [rule(`v${changeNumber}`, inSegment('staff'))] })
  const answerTo = ({ pathname, searchParams }: URL): object => {
    if (pathname === '/splitChanges') {
      const since = Number(searchParams.get('since'))
      const changed = [...versions].filter(([, version]) => version > since)
      const d = changed.map(([name, version]) => definitionOf(name, version))
      return { ff: { s: since, t: changeNumber, d }, rbs: { s: -1, t: -1, d: [] } }
    }
    if (pathname.startsWith('/memberships/')) return { ms: { k: [{ n: 'staff' }], cn: 1 }, ls: { k: [], cn: 1 } }
    if (pathname === '/v2/auth') return { pushEnabled: true, connDelay: 1, token: token() }
    return {}
  }
  const token = () => {
    const iat = Math.floor(now() / 1_000)
    const channels = { c_flags: ['subscribe'], c_memberships: ['subscribe'], control_pri: ['subscribe'] }
    const claims = { iat, exp: iat + TOKEN_S, 'x-ably-capability': JSON.stringify(channels) }
    return `x.${btoa(JSON.stringify(claims))}.x`
  }
  const purposeOf = (path: string) => path.replace(/^\/memberships\/.*/, '/memberships')
  const count = (purpose: string) => {
    requests[purpose] = (requests[purpose] ?? 0) + 1
  }
  const send = (message: object, envelope: object) => {
    const event = { data: JSON.stringify({ timestamp: now(), data: JSON.stringify(message), ...envelope }) }
    for (const source of [...sources]) source.onmessage?.(event)
  }

  return {
    fetch: async (input, init) => {
      const url = new URL(input as string)
      count(purposeOf(url.pathname))
      await Promise.resolve()
      if (!isOnline || init?.signal?.aborted) throw new TypeError('no network')
      return new Response(JSON.stringify(status === undefined ? answerTo(url) : {}), { status: status ?? 200 })
    },
    EventSource: class implements Source {
      onopen: Source['onopen'] = null
      onmessage: Source['onmessage'] = null
      onerror: Source['onerror'] = null
      constructor() {
        count('/sse')
        queueMicrotask(() => {
          if (!isOnline || status !== undefined) return this.onerror?.({})
          sources.add(this)
          this.onopen?.()
        })
      }
      close() {
        sources.delete(this)
      }
    },
    update() {
      const name = `flag_${Math.floor(random() * FLAGS)}`
      const pcn = changeNumber
      changeNumber = Math.max(now(), changeNumber + 1)
      versions.set(name, changeNumber)
      // Half of them carry the definition, half have it fetched.
      const payload = random() < 0.5 && { pcn, c: 0, d: btoa(JSON.stringify(definitionOf(name, changeNumber))) }
      send({ type: 'SPLIT_UPDATE', changeNumber, ...payload }, { channel: 'c_flags' })
    },
    setOnline(next) {
      isOnline = next
      if (isOnline) return
      for (const source of [...sources]) source.onerror?.({})
      sources.clear()
    },
    setStatus(next) {
      status = next
    },
    setPublishers(publishers) {
      for (const channel of ['control_pri', 'control_sec']) {
        send(
          { metrics: { publishers } },
          { channel: `[?occupancy=metrics.publishers]${channel}`, name: '[meta]occupancy' },
        )
      }
    },
    versions: () => versions,
    takeRequests() {
      const taken = requests
      requests = {}
      return taken
    },
    connections: () => sources.size,
  }
}
