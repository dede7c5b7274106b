import { expect, it } from 'vitest'
import { checkHalves } from '../../../../src/late/sync/checkHalves'

const isNumber = (half: unknown) => typeof half === 'number'

it.each<unknown[][]>([[[1, 2]], [[1, undefined]], [[null, 2]]])('%j is an answer', (halves) => {
  expect(() => checkHalves(halves, isNumber)).not.toThrow()
})

it.each<unknown[][]>([[[]], [[undefined, undefined]], [[null, null]], [[1, 'x']], [['x', undefined]]])(
  '%j is none',
  (halves) => {
    expect(() => checkHalves(halves, isNumber)).toThrow()
  },
)
