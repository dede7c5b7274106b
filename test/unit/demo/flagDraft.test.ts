import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { changeSummary } from '../../../demo/page/changeSummary'
import { labelOf } from '../../../demo/page/conditionDraft'
import { changeOf, draftOf, newRule } from '../../../demo/page/flagDraft'
import { editFlag } from '../../../demo/server/editFlag'
import { flagForm } from '../../../demo/server/flagForm'
import type { Definition } from '../../../demo/server/types'

const { ff } = JSON.parse(readFileSync('demo/definitions.json', 'utf8')) as { ff: { d: Definition[] } }
const formOf = (name: string) => flagForm(ff.d.find((flag) => flag.name === name) as Definition)

describe('what is to be saved', () => {
  it.each(ff.d.map(({ name }) => name))('is nothing before anybody changed anything: %s', (name) => {
    const form = formOf(name)
    const change = changeOf(form, draftOf(form))
    expect(change).toEqual({})
    expect(changeSummary(form, change)).toEqual([])
  })

  it('is what differs, in a form that the server takes, with a sentence for each', () => {
    const form = formOf('checkout_v2')
    const draft = {
      ...draftOf(form),
      killed: true,
      trackImpressions: false,
      trafficAllocation: '50',
      configurations: { on: '{}' },
      targets: { on: 'ada, grace\nlin' },
      rules: [{ ...newRule(), sizes: { on: '100' } }],
      defaultRule: { on: '10', off: '90' },
    }
    const [rule] = draft.rules
    const [condition] = rule?.conditions ?? []
    Object.assign(condition ?? {}, { attribute: 'plan', text: 'pro, team' })
    const change = changeOf(form, draft)
    expect(change).toEqual({
      killed: true,
      trackImpressions: false,
      trafficAllocation: 50,
      configurations: { on: '{}' },
      individualTargets: [{ treatment: 'on', keys: ['ada', 'grace', 'lin'] }],
      rules: [
        {
          partitions: [{ treatment: 'on', size: 100 }],
          matchers: [{ operator: 'list', attribute: 'plan', negate: false, values: ['pro', 'team'] }],
        },
      ],
      defaultRule: [
        { treatment: 'on', size: 10 },
        { treatment: 'off', size: 90 },
      ],
    })
    expect(changeSummary(form, change)).toEqual([
      'Kill: everyone gets off.',
      'Impressions are counted, no longer sent one by one.',
      'Share of traffic: 100 % → 50 %.',
      'Configuration of on: changed.',
      'Individual targets: none → on 3 keys.',
      'New rule: user.plan in list ["pro", "team"]: on 100 %.',
      'Everyone else: on 50 %, off 50 % → on 10 %, off 90 %.',
    ])
    const edited = flagForm(editFlag(ff.d.find(({ name }) => name === 'checkout_v2') as Definition, change, 9))
    expect(edited.rules[0]?.label).toBe(rule && labelOf(rule, form.trafficType))
    expect(edited.rules[0]?.label).toBe('user.plan in list ["pro", "team"]')
  })

  it('leaves what is no number to the server, which says what it has to be', () => {
    const form = formOf('checkout_v2')
    const change = changeOf(form, { ...draftOf(form), defaultRule: { on: '', off: '100' } })
    expect(() => editFlag(ff.d[0] as Definition, JSON.parse(JSON.stringify(change)), 1)).toThrow(
      'A percentage is a whole number from 0 to 100',
    )
  })
})
