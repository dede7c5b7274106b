import { expect, it } from 'vitest'
import { createDefinitions } from '../../../src/definitions/definitions'
import { evaluatorDoor } from '../../../src/evaluation/evaluate'
import { overridden } from '../../../src/late/overridden'

const definitions = createDefinitions({})
definitions.apply({
  ff: {
    d: [
      { name: 'a', changeNumber: 7, trafficTypeName: 'user', configurations: { on: '{"x":1}' }, killed: true },
      { name: 'broken', conditions: 5, configurations: 'none' },
    ],
    t: 1,
  },
})

it.each([
  ['a', { treatment: 'on' }, { config: '{"x":1}', changeNumber: 7, trafficType: 'user' }],
  ['a', { treatment: 'off' }, { config: null, changeNumber: 7 }],
  ['a', { treatment: 'on', config: '{}' }, { config: '{}' }],
  ['a', { treatment: 'on', config: null }, { config: null }],
  ['a', { treatment: 'control' }, { config: null }],
  ['broken', { treatment: 'on' }, { config: null, changeNumber: undefined }],
  ['none', { treatment: 'on' }, { config: null, changeNumber: undefined }],
])('flag %s, given %j', (flag, given, expected) => {
  expect(overridden(flag, given, definitions, evaluatorDoor)).toMatchObject({
    flag,
    treatment: given.treatment,
    label: 'override',
    ...expected,
  })
})
