import { expect, it } from 'vitest'
import { CONTROL, FALLBACK_PREFIX, LABELS } from '../../../src/evaluation/labels'

it('has the texts that reports compare', () => {
  expect({ ...LABELS, CONTROL, FALLBACK_PREFIX }).toEqual({
    killed: 'killed',
    noRuleMatched: 'no rule matched',
    notInSplit: 'not in split',
    prerequisitesNotMet: 'prerequisites not met',
    definitionNotFound: 'definition not found',
    archived: 'archived',
    unsupported: 'targeting rule type unsupported by sdk',
    exception: 'exception',
    notReady: 'not ready',
    invalidInput: 'invalid input',
    override: 'override',
    CONTROL: 'control',
    FALLBACK_PREFIX: 'fallback - ',
  })
})
