import { afterEach, describe, expect, it, vi } from 'vitest'
import { isServer } from '../../../src/browser/isServer'
import { createClient } from '../../../src/client/createClient'
import { definitionsOf, flag } from '../../browser/site'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it.each<[where: string, globals: Record<string, unknown>, answer: boolean]>([
  ['Node', {}, true],
  ['a page', { document: {}, location: {} }, false],
  ["a browser's worker", { WorkerGlobalScope: class {}, location: {} }, false],
  ["Cloudflare's runtime", { WorkerGlobalScope: class {} }, true],
])('knows %s', (_where, globals, answer) => {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
  expect(isServer()).toBe(answer)
})

describe("a client in Cloudflare's runtime, which throws at a listener that captures", () => {
  it('decides by bootstrap and asks for nothing', async () => {
    vi.stubGlobal('WorkerGlobalScope', class {})
    vi.stubGlobal('addEventListener', (_type: string, _listener: unknown, capture?: boolean) => {
      if (capture) throw new TypeError('addEventListener(): useCapture must be false.')
    })
    const fetch = vi.spyOn(globalThis, 'fetch')
    const client = createClient({
      sdkKey: 'sdk-key',
      key: 'ana',
      bootstrap: { splitChanges: definitionsOf([flag('plain')]) },
      logLevel: 'none',
    })
    expect(client.getTreatment('plain')).toBe('on')
    await client.destroy()
    expect(fetch).not.toHaveBeenCalled()
  })
})
