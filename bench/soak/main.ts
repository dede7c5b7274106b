// npm run bench:soak: one tab over 30 days, in simulated time, with the real client against a simulated service: switches of tabs,
// sleep and wake, networks that come and go, a token an hour, 1,000 updates, bad hours of the service, a clock that is set wrong.
// Prints requests, timers, memory and how far the page is behind, and exits with 1 when one of them goes beyond its bound.
import 'fake-indexeddb/auto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readOptions } from '../../test/tools/readOptions'
import { createFakeService } from './createFakeService'
import { installFakeTime } from './fakeTime'

const { days: DAYS, seed } = readOptions(
  `usage: npm run bench:soak -- [--days N] [--seed N]
  --days N   how many days; 30 unless told
  --seed N   of everything that is left to chance; 1 unless told`,
  { days: 30, seed: 1 },
)
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const UPDATES_A_DAY = Math.ceil(1_000 / 30)
/** Requests of one hour, of everything together, with the page looked at: twice what polling alone asks for. */
const MOST_AN_HOUR = 250
/** The average of all hours: streaming is up for most of them. */
const MOST_ON_AVERAGE = 40
const MOST_TIMERS = 25
/** Memory that the second half of the days may take beyond the first, bytes. */
const MOST_GROWTH = 4_000_000
/** Lines of the log a day: the bad hours of the service are told of once, an outage of the network not at all. */
const MOST_LINES = 2
/** A change is in force so soon on a page that is looked at and has a network, ms. */
const MOST_BEHIND_MS = 3 * MINUTE
const KEYS = ['anna', 'ben', 'carla']
const URL = 'http://service.test'

let state = seed
/** The random numbers of Mulberry32, the same for the same seed. */
const random = (): number => {
  state = (state + 0x6d2b79f5) >>> 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const within = (least: number, most: number) => least + random() * (most - least)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
// The days begin on the 25th, so that a month ends on the way.
const time = installFakeTime(Date.UTC(2026, 0, 25, 7))
const service = createFakeService(() => Date.now(), random)

// From here on the page is made.
const window = new EventTarget()
const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
const navigator = { onLine: true, sendBeacon: () => true }
for (const [name, value] of Object.entries({
  document,
  navigator,
  fetch: service.fetch,
  EventSource: service.EventSource,
  addEventListener: window.addEventListener.bind(window),
  removeEventListener: window.removeEventListener.bind(window),
})) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}
const show = (isVisible: boolean) => {
  document.visibilityState = isVisible ? 'visible' : 'hidden'
  document.dispatchEvent(new Event('visibilitychange'))
  window.dispatchEvent(new Event('visibilitychange'))
}
const setOnline = (isOnline: boolean) => {
  navigator.onLine = isOnline
  service.setOnline(isOnline)
  window.dispatchEvent(new Event(isOnline ? 'online' : 'offline'))
}

const faults: string[] = []
process.on('unhandledRejection', (fault) => faults.push(String(fault)))

const lines = { warn: 0, error: 0 }
const { createClient } = await import('../../src/client/createClient')
// Files load in real time, which simulated time does not wait for: they are there before the page begins.
await import('../../src/late/late')
await import('../../src/late/sync/stream/createStream')
const client = createClient({
  sdkKey: 'soak',
  key: KEYS[0] as string,
  urls: { sdk: URL, auth: URL, streaming: URL, events: URL, telemetry: URL },
  paths: { streaming: '/sse' },
  logger: {
    debug: () => {},
    info: () => {},
    warn: () => lines.warn++,
    error: () => lines.error++,
  },
})
const clients = KEYS.map((key) => client.forKey(key))
await time.advance(5 * SECOND)

const hours: number[] = []
const byPurpose = new Map<string, number>()
let worstTimers = 0
let behindSince: number | undefined
let worstBehind = 0
let goodSince = Date.now()
let isGood = true

/** Whether the page decides by the definitions that the service has. */
const isCurrent = () =>
  [...service.versions()].every(([name, version]) => clients[0]?.flags.get(name)?.changeNumber === version)
/** Lets a minute of the page go by: it decides, and the bench looks at it from outside. */
const minute = async (): Promise<void> => {
  await time.advance(MINUTE)
  for (const one of clients) one.getTreatment(`flag_${Math.floor(random() * 60)}`)
  worstTimers = Math.max(worstTimers, time.timers())
  // Being behind counts from when nothing stands in the way.
  if (!isGood || isCurrent()) behindSince = undefined
  else {
    behindSince ??= Math.max(goodSince, Date.now() - MINUTE)
    worstBehind = Math.max(worstBehind, Date.now() - behindSince)
  }
}
const setGood = (good: boolean) => {
  if (good && !isGood) goodSince = Date.now()
  isGood = good
}
const memory = async (): Promise<number> => {
  await time.advance(SECOND)
  collect()
  return process.memoryUsage().heapUsed
}

/** One hour of a day that is 16 hours long. */
async function hour(day: number, at: number): Promise<void> {
  const isBurst = day % 10 === 3 && at === 4
  const updates = isBurst ? 100 : random() < 0.9 ? Math.round((2 * UPDATES_A_DAY * random()) / 16) : 0
  const moments = Array.from({ length: updates }, () => (isBurst ? 20 : Math.floor(within(0, 60))))
  const hidden = random() < 0.5 ? within(0, 40) : Infinity
  const hiddenUntil = hidden + within(1, 40)
  const offline = random() < 0.25 ? within(0, 50) : Infinity
  const offlineUntil = offline + within(0, 10)
  const bad = day % 7 === 2 && at === 6 ? 503 : day % 7 === 5 && at === 6 ? 401 : undefined
  const isSilent = day % 5 === 4 && at === 8
  let isHidden = false
  let isOffline = false

  for (let now = 0; now < 60; now++) {
    if (isHidden !== (now >= hidden && now < hiddenUntil && now < 59)) show(!(isHidden = !isHidden))
    if (isOffline !== (now >= offline && now < offlineUntil && now < 59)) setOnline(!(isOffline = !isOffline))
    if (now === 10) service.setStatus(bad)
    if (now === 30) service.setStatus(undefined)
    if (now === 40 && isSilent) service.setPublishers(0)
    if (now === 50 && isSilent) service.setPublishers(1)
    // A service that refused a stream is asked again within the hour, and polled until then; one that failed, after growing waits.
    setGood(!isHidden && !isOffline && !(bad && now >= 10 && now < 45))
    for (const moment of moments) if (moment === now) service.update()
    await minute()
  }
  let sent = 0
  for (const [purpose, count] of Object.entries(service.takeRequests())) {
    byPurpose.set(purpose, (byPurpose.get(purpose) ?? 0) + count)
    sent += count
  }
  hours.push(sent)
}

const heap: number[] = []
for (let day = 0; day < DAYS; day++) {
  for (let at = 0; at < 16; at++) {
    // The clock is set back by an hour once, and put right an hour later.
    if (day === 8 && at === 3) await time.sleep(-HOUR)
    if (day === 8 && at === 4) await time.sleep(HOUR)
    await hour(day, at)
  }
  // The night: the machine sleeps, its connections die, and the service goes on.
  setGood(false)
  await time.sleep(8 * HOUR)
  service.setOnline(false)
  service.setOnline(true)
  for (let i = 0; i < UPDATES_A_DAY / 4; i++) service.update()
  setGood(true)
  heap.push(await memory())
  console.log(
    `day ${String(day + 1).padStart(2)}: ${hours.slice(-16).reduce((sum, count) => sum + count, 0)} requests, ` +
      `at most ${Math.max(...hours.slice(-16))} an hour; ${time.timers()} timers, ` +
      `${((heap.at(-1) as number) / 1e6).toFixed(1)} MB, ${service.connections()} stream`,
  )
}
for (let i = 0; i < 5; i++) await minute()
const isLastInForce = isCurrent()
const { stale, dropped, storage } = client.status()
const destroyed = client.destroy()
await time.advance(10 * SECOND)
await destroyed
const left = { timers: time.timers(), connections: service.connections() }

const half = Math.floor(heap.length / 2)
const growth = Math.max(...heap.slice(half)) - Math.max(...heap.slice(1, Math.max(2, half)))
const average = hours.reduce((sum, count) => sum + count, 0) / hours.length
for (const [purpose, count] of byPurpose) console.log(`${(count / hours.length).toFixed(2)} an hour: ${purpose}`)
const results: [what: string, value: string, isFine: boolean][] = [
  ['requests in the worst hour', String(Math.max(...hours)), Math.max(...hours) <= MOST_AN_HOUR],
  ['requests an hour on average', average.toFixed(1), average <= MOST_ON_AVERAGE],
  ['timers at most', String(worstTimers), worstTimers <= MOST_TIMERS],
  ['growth of memory, MB', (growth / 1e6).toFixed(1), heap.length < 4 || growth <= MOST_GROWTH],
  ['behind at most, s', (worstBehind / SECOND).toFixed(0), worstBehind <= MOST_BEHIND_MS],
  ['last update in force', String(isLastInForce), isLastInForce],
  ['status', JSON.stringify({ stale, dropped, storage }), !stale && !dropped && storage === 'all'],
  ['lines of the log', JSON.stringify(lines), lines.warn + lines.error <= MOST_LINES * DAYS],
  ['left after destroy()', JSON.stringify(left), left.timers + left.connections === 0],
  ['unhandled rejections', String(faults.length), faults.length === 0],
]
for (const [what, value, isFine] of results) console.log(`${isFine ? 'fine' : 'WRONG'}  ${what}: ${value}`)
for (const fault of faults.slice(0, 5)) console.log(fault)
process.exit(results.every(([, , isFine]) => isFine) ? 0 : 1)
