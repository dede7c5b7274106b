import { expect, it } from 'vitest'
import { compileRuleBasedSegment } from '../../../src/evaluation/compileRuleBasedSegment'

it('never throws and reads nothing yet', () => {
  const refusing = new Proxy({}, { get: () => expect.fail('looked at') })
  for (const definition of [undefined, null, 5, 'x', [], refusing]) {
    expect(compileRuleBasedSegment(definition)).toMatchObject({ rules: undefined, excludedKeys: undefined })
  }
})
