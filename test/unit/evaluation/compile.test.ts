import { expect, it } from 'vitest'
import { compileFlag } from '../../../src/evaluation/compile'

it('never throws and reads nothing yet', () => {
  const refusing = new Proxy({}, { get: () => expect.fail('looked at') })
  for (const definition of [undefined, null, 5, 'x', [], refusing]) {
    expect(compileFlag(definition, 'f')).toMatchObject({ name: 'f', rules: undefined })
  }
})
