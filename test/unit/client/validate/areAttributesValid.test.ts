import { expect, it } from 'vitest'
import { areAttributesValid } from '../../../../src/client/validate/areAttributesValid'

it('takes none, and plain objects', () => {
  for (const attributes of [undefined, null, {}, { a: Symbol('s') }, { constructor: 'x' }]) {
    expect(areAttributesValid(attributes)).toBe(true)
  }
})

it('takes nothing else', () => {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  for (const attributes of [
    [],
    '',
    'x',
    0,
    5,
    false,
    true,
    () => 0,
    new Date(),
    new Map(),
    Object.create(null),
    revoked.proxy,
  ]) {
    expect(areAttributesValid(attributes)).toBe(false)
  }
})
