import { expect, it } from 'vitest'
import { compileFlag } from '../../../src/evaluation/compile'
import { outcomeOf } from '../../../src/evaluation/outcomeOf'

const definition = {
  changeNumber: 5,
  trafficTypeName: 'account',
  impressionsDisabled: true,
  configurations: { on: '{"a":1}', off: '', control: 'never' },
}

it('has what the definition says of it', () => {
  expect(outcomeOf(compileFlag(definition, 'f'), 'on', 'why')).toEqual({
    flag: 'f',
    treatment: 'on',
    label: 'why',
    config: '{"a":1}',
    changeNumber: 5,
    trafficType: 'account',
    impressionsDisabled: true,
  })
})

it('is one object for one treatment and label', () => {
  const flag = compileFlag(definition, 'f')
  const all = ['on', 'off', 'x', 'y', 'z', 'last'].map((treatment) => outcomeOf(flag, treatment, 'why'))
  expect(new Set(all).size).toBe(6)
  for (const one of all) expect(outcomeOf(flag, one.treatment, 'why')).toBe(one)
  expect(outcomeOf(flag, 'on', 'other')).not.toBe(all[0])
  expect(flag.outcomes).toHaveLength(7)
  expect(all.every((one) => Object.isFrozen(one))).toBe(true)
})

it('keeps the outcomes of flags apart', () => {
  expect(outcomeOf(compileFlag({}, 'a'), 'on', 'why').flag).toBe('a')
  expect(outcomeOf(compileFlag({}, 'b'), 'on', 'why').flag).toBe('b')
})

it('has no configuration where there is none, nor ever for control', () => {
  const flag = compileFlag(definition, 'f')
  for (const treatment of ['off', 'control', 'missing', 'toString'])
    expect(outcomeOf(flag, treatment, '').config).toBeNull()
  expect(outcomeOf(compileFlag({ configurations: null }, 'f'), 'on', '').config).toBeNull()
})

it('leaves out what has the wrong type', () => {
  const odd = { changeNumber: '5', trafficTypeName: 5, impressionsDisabled: null }
  expect(outcomeOf(compileFlag(odd, 'f'), 'on', '')).toMatchObject({
    changeNumber: undefined,
    trafficType: undefined,
    impressionsDisabled: false,
  })
})
