import { expect, it } from 'vitest'
import { compileFlag } from '../../../src/evaluation/evaluate'
import { visit } from '../../../src/evaluation/visit'
import { subjectOf, walkOf } from './ask'
import type { Subject, Trace } from '../../../src/evaluation/types'

const [a, b] = [compileFlag({}, 'a'), compileFlag({}, 'b')]
/** A visit for this key, of 16 units, costs 2. */
const subject = subjectOf('k'.repeat(16), ['staff'])
const walkWith = (parts = {}) => walkOf({ subject, ...parts })

it('goes and comes back', () => {
  const walk = walkWith()
  expect(visit(a, walk, subject, (visited) => [visited, [...walk.path]])).toEqual([a, [a]])
  expect(walk).toMatchObject({ path: [], cost: 2 })
})

it('does not go in circles, and has gone no further for that', () => {
  const walk = walkWith()
  const again = () => visit(a, walk, subject, () => 0)
  expect(visit(a, walk, subject, () => [visit(b, walk, subject, again)])).toEqual([undefined])
  expect(walk).toMatchObject({ path: [], cost: 4 })
  expect(visit(b, walk, subject, () => 1)).toBe(1)
})

it('keeps the trace to the flag that was asked for', () => {
  const trace: Trace = { prerequisites: [], matchers: [] }
  const walk = walkWith({ trace })
  expect(visit(a, walk, subject, () => walk.trace)).toBeUndefined()
  expect(walk.trace).toBe(trace)
})

it('gives up where it is too deep or too much, and says so', () => {
  const deep = walkWith()
  for (let i = 0; i < 99; i++) deep.path.push(compileFlag({}, `${i}`))
  expect(visit(a, deep, subject, () => 1)).toBe(1)
  deep.path.push(b)
  expect(visit(a, deep, subject, () => 1)).toBeUndefined()
  expect(deep.cost).toBe(Infinity)

  const costly = walkWith({ cost: 9_998 })
  expect(visit(a, costly, subject, () => 1)).toBe(1)
  expect(visit(a, costly, subject, () => 1)).toBeUndefined()
  expect(costly.cost).toBe(Infinity)
})

it.each([
  ['x'.repeat(16), 2],
  [{ matchingKey: 'm', bucketingKey: 'x'.repeat(1_600) }, 101],
  [{ matchingKey: 'x'.repeat(1_600), bucketingKey: '' }, 1],
  [5, 1],
  [null, 1],
  [['x'.repeat(16)], 1],
])('costs more, the longer the key that may have to be hashed (%#)', (key, cost) => {
  const walk = walkWith()
  visit(a, walk, key, () => 0)
  expect(walk.cost).toBe(cost)
})

it('costs the same for the key of the application', () => {
  const walk = walkOf({ subject: subjectOf('x'.repeat(160)) })
  visit(a, walk, walk.subject, () => 0)
  expect(walk.cost).toBe(11)
})

it('gives up on a text that is too long to be hashed', () => {
  const walk = walkWith()
  expect(visit(a, walk, 'x'.repeat(16 * 9_999), () => 1)).toBe(1)
  const other = walkWith()
  expect(visit(a, other, 'x'.repeat(16 * 9_999 + 1), () => 1)).toBeUndefined()
  expect(other).toMatchObject({ path: [], cost: Infinity, subject })
})

it.each([
  ['x', 'x', 'x'],
  [5, 5, 5],
  [null, null, null],
  [{ matchingKey: 'm', bucketingKey: 'b' }, 'm', 'b'],
  [{}, undefined, undefined],
])('takes %j for a key, and keeps the memberships', (key, matchingKey, bucketingKey) => {
  const walk = walkWith()
  const seen = visit(a, walk, key, () => walk.subject) as Subject
  expect(seen).toMatchObject({ matchingKey, bucketingKey, segments: new Set(['staff']) })
  expect(walk.subject).toBe(subject)
})
