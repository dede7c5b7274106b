import { expect, it } from 'vitest'
import { createWalk } from '../../../src/evaluation/evaluate'
import { treatmentOf } from '../../../src/evaluation/treatmentOf'
import { definitionsOf, everybody, flag, rule, subjectOf } from './ask'

const definitions = definitionsOf({ on: flag(rule('on', everybody)), killed: { ...flag(), killed: true }, broken: {} })
const ask = (name: unknown) => treatmentOf(name, Object.assign(createWalk(), { subject: subjectOf(), definitions }))

it('asks another flag', () => {
  expect([ask('on'), ask('killed')]).toEqual(['on', 'off'])
})

it('is control for what is no flag', () => {
  for (const name of ['missing', undefined, null, 5, {}]) expect(ask(name)).toBe('control')
})

it('fails as the other flag does', () => {
  expect(() => ask('broken')).toThrow('broken definition')
})

it('asks for names only', () => {
  const any = { ...definitions, flag: () => definitions.flag('on') }
  const askAny = (name: unknown) =>
    treatmentOf(name, Object.assign(createWalk(), { subject: subjectOf(), definitions: any }))
  expect([askAny('f'), askAny(5), askAny(undefined)]).toEqual(['on', 'control', 'control'])
})
