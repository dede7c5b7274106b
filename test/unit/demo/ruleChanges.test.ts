import { expect, it } from 'vitest'
import { ruleChanges } from '../../../demo/page/ruleChanges'

it.each([
  [[], ['a'], ['New rule: a.']],
  [['a', 'b'], ['b'], ['Rule removed: a.']],
  [['a', 'b'], ['c', 'b'], ['Rule changed: a → c.']],
  [
    ['a', 'b'],
    ['c', 'b', 'd'],
    ['Rule changed: a → c.', 'New rule: d.'],
  ],
  [['a', 'b'], ['b', 'a'], ['Rules: in another order.']],
  [['a', 'a'], ['a'], ['Rules: 2 → 1.']],
])('%j → %j: %j', (before, after, lines) => {
  expect(ruleChanges(before, after)).toEqual(lines)
})
