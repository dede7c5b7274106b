import { afterEach, describe, expect, it, vi } from 'vitest'
import { absoluteAddress } from '../../../src/browser/absoluteAddress'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('absoluteAddress', () => {
  it.each([
    ['/api', 'https://shop.test:8443/api'],
    ['/', 'https://shop.test:8443/'],
    ['//cdn.test/api', 'https://cdn.test/api'],
    ['https://sdk.test/api', 'https://sdk.test/api'],
    ['HTTPS://SDK.test', 'HTTPS://SDK.test'],
  ])('%s is %s', (given, expected) => {
    vi.stubGlobal('origin', 'https://shop.test:8443')
    expect(absoluteAddress(given)).toBe(expected)
  })

  it.each([undefined, 'null', 'file://'])('has nothing to add where the origin is %s', (origin) => {
    vi.stubGlobal('origin', origin)
    expect(absoluteAddress('/api')).toBe('/api')
  })
})
