// Both SDKs behind one face, for a page: bundled as a script with the global `bench`.
import { SplitFactory } from '@splitsoftware/splitio-browserjs'
import { createClient } from 'pennon'

const contenders = {
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

const longTasks = []
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration)
}).observe({ type: 'longtask', buffered: true })

export const start = async (name, options) => {
  globalThis.client = await contenders[name](options)
}
/** Asks for the flags 0 … count-1, so many in each task. */
export const decide = async (count, perTask = count) => {
  for (let n = 0; n < count; n++) {
    if (globalThis.client.getTreatment(`bench_${n}`).length === 0) throw new Error('no treatment')
    if ((n + 1) % perTask === 0) await new Promise((resolve) => setTimeout(resolve))
  }
}
/** ns per repeated decision. */
export const time = (total) => {
  const started = performance.now()
  for (let n = 0; n < total; n++) globalThis.client.getTreatment('bench_0')
  return ((performance.now() - started) * 1e6) / total
}
export const forgetTasks = () => longTasks.splice(0).length
export const longestTask = () => Math.max(0, ...longTasks)
