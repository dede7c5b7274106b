import { expect, it } from 'vitest'
import { validateFlagNames } from '../../../../src/client/validate/validateFlagNames'

it('has the names of a list, each once', () => {
  expect(validateFlagNames(['b', ' a ', 'a', '', null, 5, 'b '])).toEqual(['b', 'a'])
})

it('is empty for anything else', () => {
  for (const names of ['abc', undefined, null, {}, new Set(['a']), []]) expect(validateFlagNames(names)).toEqual([])
})
