import { beforeAll, vi } from 'vitest'

// The files of a worker share its globals, and Vitest undoes what a test replaced only when the next test begins: without this, what the
// last test of a file replaced would be there still in the `beforeAll` of the next file.
beforeAll(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})
