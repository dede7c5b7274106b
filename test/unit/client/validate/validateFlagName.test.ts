import { expect, it } from 'vitest'
import { validateFlagName } from '../../../../src/client/validate/validateFlagName'

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
