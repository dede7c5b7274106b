import { beforeAll, vi } from 'vitest'
// A client loads its second file when it is needed, and waits 5 s for it. Here a busy machine may take longer to compile it than that.
import '../../src/late/late'

// The files of a worker share its globals, and Vitest undoes what a test replaced only when the next test begins: without this, what the
// last test of a file replaced would be there still in the `beforeAll` of the next file.
beforeAll(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})
