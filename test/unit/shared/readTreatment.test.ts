import { expect, it } from 'vitest'
import { readTreatment } from '../../../src/shared/readTreatment'

it.each([
  ['on', { treatment: 'on' }],
  ['v2.1', { treatment: 'v2.1' }],
  ['x'.repeat(100), { treatment: 'x'.repeat(100) }],
  [{ treatment: 'on' }, { treatment: 'on' }],
  [{ treatment: 'on', config: undefined }, { treatment: 'on' }],
  [
    { treatment: 'on', config: null },
    { treatment: 'on', config: null },
  ],
  [
    { treatment: 'on', config: '{}', more: 1 },
    { treatment: 'on', config: '{}' },
  ],
])('reads %j', (given, read) => {
  expect(readTreatment(given)).toEqual(read)
})

it.each([
  undefined,
  null,
  '',
  'a b',
  '<b>',
  'x'.repeat(101),
  5,
  true,
  {},
  [],
  { treatment: 5 },
  { treatment: 'on', config: {} },
])('is none: %j', (given) => {
  expect(readTreatment(given)).toBeUndefined()
})
