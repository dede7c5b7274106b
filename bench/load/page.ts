// What a page of the bench does, as its only script.
import { nameOf } from '../coldstart/flags'
import type { Contender, StartOptions } from '../coldstart/contender'

/** The times at which things happened, ms since the navigation began; null: never. */
export interface Times {
  script: number
  readyFromCache: number | null
  decision: number | null
  ready: number | null
}

declare global {
  /** Where the page finds its service; set before any script runs. */
  var options: StartOptions
  var times: Promise<Times>
}

export function run(contender: Pick<Contender, 'start'>): void {
  globalThis.times = load(contender)
}

async function load({ start }: Pick<Contender, 'start'>): Promise<Times> {
  const script = performance.now()
  const client = start(globalThis.options)
  let decision: number | null = null
  const reached = async (promise: Promise<boolean>) => {
    const isReached = await promise
    const at = performance.now()
    const treatment = client.ask(nameOf(0))
    if (treatment === 'on' || treatment === 'off') decision ??= performance.now()
    return isReached ? at : null
  }
  const [readyFromCache, ready] = await Promise.all([reached(client.whenReadyFromCache()), reached(client.whenReady())])
  return { script, readyFromCache, decision, ready }
}
