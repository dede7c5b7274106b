import { expect, it } from 'vitest'
import { change, type BatchState, type Transition } from '../../../../src/late/delivery/batch'

const STATES = ['waiting', 'sending'] as const
const DISKS = ['no', 'writing', 'yes'] as const

/** What each transition makes of each state; what is missing cannot happen. */
const TABLE: Record<Transition, Record<string, string>> = {
  claim: { 'waiting no': 'sending no', 'waiting writing': 'sending writing', 'waiting yes': 'sending yes' },
  unclaim: { 'sending no': 'waiting no', 'sending writing': 'waiting writing', 'sending yes': 'waiting yes' },
  write: { 'waiting no': 'waiting writing', 'sending no': 'sending writing' },
  saved: { 'waiting writing': 'waiting yes', 'sending writing': 'sending yes' },
  unsaved: { 'waiting writing': 'waiting no', 'sending writing': 'sending no' },
}
const textOf = ({ state, disk }: BatchState) => `${state} ${disk}`
const cells = (Object.keys(TABLE) as Transition[]).flatMap((transition) =>
  STATES.flatMap((state) => DISKS.map((disk) => [transition, { state, disk }] as const)),
)

it.each(cells)('the transition %s of %o', (transition, before) => {
  const batch = { ...before }
  change(batch, transition)
  expect(textOf(batch)).toBe(TABLE[transition][textOf(before)] ?? textOf(before))
})
