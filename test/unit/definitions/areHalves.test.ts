import { expect, it } from 'vitest'
import { areHalves } from '../../../src/definitions/areHalves'

const isNumber = (half: unknown) => typeof half === 'number'

it.each<unknown[][]>([[[1, 2]], [[1, undefined]], [[null, 2]]])('%j is an answer', (halves) => {
  expect(areHalves(halves, isNumber)).toBe(true)
})

it.each<unknown[][]>([[[]], [[undefined, undefined]], [[null, null]], [[1, 'x']], [['x', undefined]]])(
  '%j is none',
  (halves) => {
    expect(areHalves(halves, isNumber)).toBe(false)
  },
)
