import { expect, it } from 'vitest'
import { validateFlagSets } from '../../../../src/client/validate/validateFlagSets'

it('has the sets of a list in lower case, each once', () => {
  expect(validateFlagSets([' Web ', 'web', '1_a', '_a', 'a-b', 'a b', '', 5, 'é'])).toEqual(['web', '1_a'])
  expect(validateFlagSets(['a'.repeat(50), 'b'.repeat(51)])).toEqual(['a'.repeat(50)])
  expect(validateFlagSets(['x\na', 'a\n\n'])).toEqual(['a'])
})

it('leaves out what was not configured', () => {
  expect(validateFlagSets(['a', 'b', 'C'], new Set(['b', 'c']))).toEqual(['b', 'c'])
  expect(validateFlagSets(['a'], new Set())).toEqual([])
})

it('is empty for anything else', () => {
  expect(validateFlagSets('web')).toEqual([])
})
