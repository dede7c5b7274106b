import { expect, it } from 'vitest'
import { tallyOf } from '../../engines/tallyOf'

it('reads a comparison of tallies', () => {
  const actual = '{\n  "doubled": 2,\n  "lost": 1,\n  "once": 3,\n  "unknown": 0,\n}'
  const expected = '{\n  "doubled": 0,\n  "lost": 0,\n  "once": 6,\n  "unknown": 0,\n}'
  expect(tallyOf({ actual, expected })).toEqual({ doubled: 2, lost: 1 })
})

it('counts a comparison of names', () => {
  const actual = '[\n  "flag_1",\n  "flag_2",\n  "flag_2",\n]'
  const expected = '[\n  "flag_1",\n  "flag_2",\n  "flag_3",\n]'
  expect(tallyOf({ actual, expected })).toMatchObject({ doubled: 1, lost: 1 })
})

it.each([[{ actual: 'false', expected: 'true' }], [{}], [{ actual: '[\n  "flag_1",\n]', expected: '[]' }]])(
  'knows nothing of another failure: %j',
  (failure) => {
    expect(tallyOf(failure)).toBeUndefined()
  },
)
