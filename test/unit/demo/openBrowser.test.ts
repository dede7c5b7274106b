import { afterEach, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../demo/server/openBrowser'

afterEach(() => vi.unstubAllEnvs())

it.runIf(process.platform === 'linux')('says so where there is no display', () => {
  vi.stubEnv('DISPLAY', undefined)
  vi.stubEnv('WAYLAND_DISPLAY', undefined)
  const onFailure = vi.fn()
  openBrowser('http://127.0.0.1:1/', onFailure)
  expect(onFailure.mock.calls).toEqual([['there is no display here']])
})
