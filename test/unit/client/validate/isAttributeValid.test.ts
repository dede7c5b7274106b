import { expect, it } from 'vitest'
import { isAttributeValid } from '../../../../src/client/validate/isAttributeValid'

it('takes texts, finite numbers, booleans and arrays', () => {
  for (const value of ['x', '', 0, -1.5, true, false, [], [1, 'a']]) expect(isAttributeValid('name', value)).toBe(true)
})

it('takes nothing else', () => {
  for (const value of [undefined, null, NaN, Infinity, {}, new Date(), () => 0, 5n])
    expect(isAttributeValid('name', value)).toBe(false)
})

it('needs a name', () => {
  for (const name of ['', undefined, 5, null]) expect(isAttributeValid(name, 'x')).toBe(false)
})
