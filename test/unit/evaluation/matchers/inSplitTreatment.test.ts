import { expect, it } from 'vitest'
import { definitionsOf, dependsOn, everybody, flag, rule, saysOf, subjectOf, summaryOf } from '../ask'

const definitions = definitionsOf({ on: flag(rule('on', everybody)), broken: flag({}), killed: { killed: true } })
const ask = (definition: object) => saysOf(definition, undefined, subjectOf(), definitions)

it('asks for a treatment of another flag', () => {
  expect(ask(dependsOn('on', 'off', 'on'))).toBe(true)
  expect(ask(dependsOn('on', 'off'))).toBe(false)
  expect(ask({ ...dependsOn('on', 'off'), negate: true })).toBe(true)
})

it('takes a flag that is missing for control', () => {
  expect(ask(dependsOn('missing', 'control'))).toBe(true)
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { treatments: ['control'] } })).toBe(true)
})

it('is false when the other flag cannot be decided', () => {
  expect(ask(dependsOn('broken', 'control'))).toBe(false)
  expect(ask({ ...dependsOn('broken', 'control'), negate: true })).toBe(true)
})

it('is false without treatments', () => {
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { split: 'on' } })).toBe(false)
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { split: 'on', treatments: 'on' } })).toBe(
    false,
  )
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT' })).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(dependsOn('plan', 'on', 'beta'))).toBe('flag plan in ["on","beta"]')
})
