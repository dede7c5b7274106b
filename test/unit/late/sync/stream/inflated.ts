import { vi } from 'vitest'

/** Payloads that are being inflated: a thread does that, in a time of its own. */
let inflating = 0
const Inflation = DecompressionStream

class CountedInflation {
  readonly writable
  readonly readable

  constructor(format: CompressionFormat) {
    const { writable, readable } = new Inflation(format)
    const passed = new TransformStream<Uint8Array, Uint8Array>()
    const end = () => void inflating--
    inflating++
    readable.pipeTo(passed.writable).then(end, end)
    this.writable = writable
    this.readable = passed.readable
  }
}

/** Counts what is inflated until the end of the test. */
export const countInflations = () => vi.stubGlobal('DecompressionStream', CountedInflation)

/** Responses are read in some turns of the event loop, after the last payload is inflated. */
export async function inflated(): Promise<void> {
  for (let turn = 0; turn < 8; turn = inflating ? 0 : turn + 1) await new Promise((resolve) => setTimeout(resolve, 0))
}
