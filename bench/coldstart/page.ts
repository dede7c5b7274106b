// What the bench's page does with a contender.
import type { Contender, StartOptions } from './contender'

/** The time in ms, to 5 µs because the page is isolated. */
const since = (started: number) => performance.now() - started
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** First visit: until ready by the network, and, where it is, until the flags are stored. */
export async function fill({ start, isStored }: Contender, options: StartOptions, waitMs: number) {
  const end = Date.now() + waitMs
  const { whenReady } = start(options)
  const isReady = await Promise.race([whenReady(), sleep(waitMs)])
  while (Date.now() < end && !(await isStored())) await sleep(20)
  return { isReady: isReady === true, isStored: await isStored() }
}

/** A later visit, the network being slow: ms until ready by the cache (null: never), the first decision, the next ones. */
export async function visit(
  { start }: Contender,
  options: StartOptions,
  names: readonly [string, ...string[]],
  waitMs: number,
) {
  const [first, ...others] = names
  // By then the page has come to rest.
  await new Promise((resolve) => requestIdleCallback(resolve))
  const started = performance.now()
  const client = start(options)
  const isReady = await Promise.race([client.whenReadyFromCache(), sleep(waitMs)])
  const ready = since(started)
  if (isReady !== true) return null
  const asked = performance.now()
  const treatments = [client.ask(first)]
  const decision = since(asked)
  const more = performance.now()
  for (const name of others) treatments.push(client.ask(name))
  const next = since(more)
  if (treatments.some((treatment) => treatment !== 'on' && treatment !== 'off')) throw new Error('no decision')
  return { ready, decision, next }
}

/**
 * First visit: ms from the answer, which is in memory, until ready, and how long the tasks over 50 ms were that began in the
 * `watchMs` after that.
 */
export async function firstVisit(
  { start, isStored }: Contender,
  options: StartOptions,
  answers: Readonly<Record<string, string>>,
  watchMs: number,
) {
  const real = globalThis.fetch
  let answeredAt = NaN
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const path = Object.keys(answers).find((path) => url.includes(path))
    if (path === 'splitChanges' && Number.isNaN(answeredAt)) answeredAt = performance.now()
    return path ? new Response(answers[path], { headers: { 'content-type': 'application/json' } }) : real(input, init)
  }
  const tasks: PerformanceEntry[] = []
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()))
  observer.observe({ type: 'longtask' })
  await new Promise((resolve) => requestIdleCallback(resolve))
  if (!(await start(options).whenReady())) throw new Error('not ready')
  const readyAt = performance.now()
  await sleep(watchMs)
  const longTasks = tasks.filter(({ startTime }) => startTime > readyAt).map(({ duration }) => duration)
  return { ready: readyAt - answeredAt, longTasks, isStored: await isStored() }
}
