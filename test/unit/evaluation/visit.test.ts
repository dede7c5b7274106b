import { expect, it } from 'vitest'
import { compileFlag } from '../../../src/evaluation/compile'
import { createWalk } from '../../../src/evaluation/evaluate'
import { EXHAUSTED, FAULT } from '../../../src/evaluation/faults'
import { visit } from '../../../src/evaluation/visit'
import type { Trace } from '../../../src/evaluation/explain'

const [a, b] = [compileFlag({}, 'a'), compileFlag({}, 'b')]
const caught = (act: () => unknown): unknown => {
  try {
    act()
  } catch (fault) {
    return fault
  }
  return undefined
}

it('goes and comes back', () => {
  const walk = createWalk()
  expect(visit(a, walk, (visited) => [visited, [...walk.path]])).toEqual([a, [a]])
  expect(walk.path).toEqual([])
  expect(walk.cost).toBe(1)
})

it('comes back when what it asked failed', () => {
  const walk = createWalk()
  const fault = new Error('no')
  expect(
    caught(() =>
      visit(a, walk, () => {
        throw fault
      }),
    ),
  ).toBe(fault)
  expect(walk.path).toEqual([])
})

it('does not go in circles', () => {
  const walk = createWalk()
  expect(caught(() => visit(a, walk, () => visit(b, walk, () => visit(a, walk, () => 0))))).toBe(FAULT)
  expect(visit(a, walk, () => visit(b, walk, () => 1)) + visit(b, walk, () => 1)).toBe(2)
})

it('keeps the trace to the flag that was asked for', () => {
  const walk = createWalk()
  const trace: Trace = { prerequisites: [], matchers: [] }
  walk.trace = trace
  expect(visit(a, walk, () => walk.trace)).toBeUndefined()
  expect(walk.trace).toBe(trace)
})

it('gives up where it is too deep or too much', () => {
  const walk = createWalk()
  for (let i = 0; i < 99; i++) walk.path.push(compileFlag({}, `${i}`))
  expect(visit(a, walk, () => 1)).toBe(1)
  walk.path.push(b)
  expect(caught(() => visit(a, walk, () => 1))).toBe(EXHAUSTED)

  const costly = createWalk()
  costly.cost = 50_000
  expect(visit(a, costly, () => 1)).toBe(1)
  expect(caught(() => visit(a, costly, () => 1))).toBe(EXHAUSTED)
})
