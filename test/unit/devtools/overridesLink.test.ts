import { expect, it } from 'vitest'
import { overridesLink } from '../../../src/devtools/overridesLink'

it('carries treatments beside what the address has, in place of an older link', () => {
  const { href, left } = overridesLink('https://shop.example/a?x=1&pennon=old:on#top', {
    'a b': { treatment: 'on' },
    c: { treatment: 'v1.2' },
  })
  expect(href).toBe('https://shop.example/a?x=1&pennon=a%20b:on,c:v1.2#top')
  expect(new URL(href).searchParams.get('pennon')).toBe('a b:on,c:v1.2')
  expect(left).toEqual([])
})

it('says what it cannot carry', () => {
  const { href, left } = overridesLink('https://shop.example/', {
    'x:y': { treatment: 'on' },
    'half \ud83d': { treatment: 'on' },
    'whole 😀': { treatment: 'on' },
    z: { treatment: 'on', config: '{}' },
  })
  expect(href).toBe('https://shop.example/?pennon=whole%20%F0%9F%98%80:on,z:on')
  expect(left).toEqual(['x:y', 'half \ud83d', 'z'])
})
