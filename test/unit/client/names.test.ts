import { describe, expect, it } from 'vitest'
import { validateFlagName, validateFlagNames, validateFlagSets } from '../../../src/client/names'

describe('validateFlagName', () => {
  it.each([
    ['f', 'f'],
    ['my flag', 'my flag'],
    [' f', 'f'],
    ['f\t', 'f'],
    ['\u00a0f\ufeff', 'f'],
    ['é', 'é'],
    ['\x7ff', '\x7ff'],
    ['!~', '!~'],
  ])('%j is %j', (name, valid) => {
    expect(validateFlagName(name)).toBe(valid)
  })

  it.each([undefined, null, '', ' ', '\u00a0', 5, true, ['f'], {}, new String('f'), Symbol('f')])(
    '%o is none',
    (name) => {
      expect(validateFlagName(name)).toBeUndefined()
    },
  )
})

describe('validateFlagNames', () => {
  it('has the names of a list, each once', () => {
    expect(validateFlagNames(['b', ' a ', 'a', '', null, 5, 'b '])).toEqual(['b', 'a'])
  })

  it('is empty for anything else', () => {
    for (const names of ['abc', undefined, null, {}, new Set(['a']), []]) expect(validateFlagNames(names)).toEqual([])
  })
})

describe('validateFlagSets', () => {
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
})
