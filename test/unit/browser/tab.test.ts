// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { tab } from '../../../src/browser/tab'

afterEach(() => {
  vi.unstubAllGlobals()
  sessionStorage.clear()
})

describe('a tab', () => {
  it('keeps texts', () => {
    expect(tab.read('a')).toBeNull()
    tab.write('a', 'x')
    expect(tab.read('a')).toBe('x')
    expect(sessionStorage.getItem('a')).toBe('x')
  })

  it('knows the parameters of its address, decoded, the first of a name', () => {
    vi.stubGlobal('location', { search: '?a=1&pennon=x%3Aon%2Cy:off&pennon=z&empty=' })
    expect(tab.parameter('pennon')).toBe('x:on,y:off')
    expect(tab.parameter('empty')).toBe('')
    expect(tab.parameter('none')).toBeNull()
  })

  it.each([
    ['is none', undefined],
    ['refuses', { getItem: refuse, setItem: refuse }],
  ])('goes without storage where there %s', (_what, storage) => {
    vi.stubGlobal('sessionStorage', storage)
    tab.write('a', 'x')
    expect(tab.read('a')).toBeNull()
  })

  it('has no address where there is no window', () => {
    vi.stubGlobal('location', undefined)
    expect(tab.parameter('pennon')).toBeNull()
  })
})

function refuse(): never {
  throw new DOMException('no', 'SecurityError')
}
