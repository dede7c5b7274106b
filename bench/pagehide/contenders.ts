// Both SDKs behind one face, for a page: bundled as a script with the global `bench`.
import { SplitFactory } from '@splitsoftware/splitio-browserjs'
import { createClient } from 'pennon'

export type Name = 'pennon' | 'official'
export type Mode = 'DEBUG' | 'OPTIMIZED'

export interface StartOptions {
  apiUrl: string
  key: string
  mode: Mode
  /** pennon only. */
  consent?: 'declined'
}

interface Client {
  getTreatment(flag: string): string
  /** pennon only. */
  flush?(): Promise<void>
  destroy(): Promise<void>
}

const contenders: Record<Name, (options: StartOptions) => Promise<Client>> = {
  async pennon({ apiUrl, key, mode, consent }) {
    const client = createClient({
      sdkKey: 'bench',
      key,
      impressionsMode: mode,
      streaming: false,
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
      ...(consent && { consent }),
    })
    if (!(await client.whenReady()).ready) throw new Error('pennon is not ready')
    return client
  },
  async official({ apiUrl, key, mode }) {
    const client = SplitFactory({
      core: { authorizationKey: 'bench', key },
      startup: { readyTimeout: 60 },
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
      streamingEnabled: false,
      sync: { impressionsMode: mode },
    }).client()
    await client.whenReady()
    return client
  },
}

let client: Client
const longTasks: number[] = []
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration)
}).observe({ type: 'longtask', buffered: true })

export const start = async (name: Name, options: StartOptions): Promise<void> => {
  client = await contenders[name](options)
}
/** Asks for so many flags, the first one included, so many in each task. */
export const decide = async (count: number, perTask = count, first = 0): Promise<void> => {
  for (let n = first; n < first + count; n++) {
    if (client.getTreatment(`bench_${n}`).length === 0) throw new Error('no treatment')
    if ((n + 1) % perTask === 0) await new Promise((resolve) => setTimeout(resolve))
  }
}
/** Asks for the flags from … to-1, and posts them where that can be asked for. The page does not wait for the answer. */
export const post = (from: number, to: number): void => {
  for (let n = from; n < to; n++) client.getTreatment(`bench_${n}`)
  void client.flush?.()
}
export const destroy = (): void => void client.destroy()
/** Measures the time of a repeated decision, ns. */
export const time = (total: number): number => {
  const started = performance.now()
  for (let n = 0; n < total; n++) client.getTreatment('bench_0')
  return ((performance.now() - started) * 1e6) / total
}
export const forgetTasks = () => longTasks.splice(0).length
export const longestTask = () => Math.max(0, ...longTasks)
