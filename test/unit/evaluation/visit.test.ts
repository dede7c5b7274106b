import { expect, it } from 'vitest'
import { compileFlag } from '../../../src/evaluation/decide'
import { visit } from '../../../src/evaluation/visit'
import { subjectOf, walkOf } from './ask'
import type { Subject, Trace } from '../../../src/evaluation/types'

const [a, b] = [compileFlag({}, 'a'), compileFlag({}, 'b')]
const subject = subjectOf('user-1', ['staff'])
const walkWith = (parts = {}) => walkOf({ subject, ...parts })

it('goes and comes back', () => {
  const walk = walkWith()
  expect(visit(a, walk, subject, (visited) => [visited, [...walk.path]])).toEqual([a, [a]])
  expect(walk.path).toEqual([])
  expect(walk.cost).toBe(1)
})

it('does not go in circles, and has gone no further for that', () => {
  const walk = walkWith()
  const again = () => visit(a, walk, subject, () => 0)
  expect(visit(a, walk, subject, () => [visit(b, walk, subject, again)])).toEqual([undefined])
  expect(walk).toMatchObject({ path: [], cost: 2 })
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

  const costly = walkWith({ cost: 9_999 })
  expect(visit(a, costly, subject, () => 1)).toBe(1)
  expect(visit(a, costly, subject, () => 1)).toBeUndefined()
  expect(costly.cost).toBe(Infinity)
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
