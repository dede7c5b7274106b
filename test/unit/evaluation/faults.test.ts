import { expect, it } from 'vitest'
import { EXHAUSTED, FAULT } from '../../../src/evaluation/faults'

it('keeps apart what a matcher answers with false and what no matcher may answer', () => {
  expect(FAULT).not.toBeInstanceOf(RangeError)
  expect(EXHAUSTED).toBeInstanceOf(RangeError)
})
