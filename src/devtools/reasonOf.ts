import type { Explanation } from '../late/explain/types'
import type { LABELS } from '../evaluation/labels'

type Label = (typeof LABELS)[keyof typeof LABELS]

const FALLBACK = 'fallback - '

/** The reason in a sentence, for labels that are not a targeting rule's own. The compiler checks that every label has one. */
const REASONS: Record<Label, string> = {
  killed: 'The flag is killed: everyone gets its default treatment, whatever its rules say.',
  'no rule matched': 'No targeting rule matched this key and these attributes: the default treatment is served.',
  'not in split':
    'The key is outside the traffic allocation of the flag: it does not take part, and gets the default treatment.',
  'prerequisites not met':
    'A flag that this one requires did not give one of the required treatments: the default treatment is served.',
  'definition not found':
    'The environment has no flag of this name, it was archived, or the filters of this client leave it out.',
  archived: 'The flag is archived: no page should ask for it any more.',
  'targeting rule type unsupported by sdk':
    'A targeting rule needs something that this version of the SDK does not know, or is empty. Guessing could be wrong, so there is no decision.',
  exception:
    'The definition is broken or goes in circles, or an attribute could not be read: no decision was possible.',
  'not ready': 'No definitions have arrived yet, neither from the cache of this browser nor from the service.',
  'invalid input': 'The call itself was refused: the key, the name of the flag or the attributes are not allowed.',
  override: 'The treatment was set on this page, by a link or in this panel. Targeting rules were not asked.',
}

/** The reason for a decision in a sentence or two. */
export function reasonOf({ label, ruleIndex, bucket, treatment }: Explanation): string {
  if (label.startsWith(FALLBACK)) {
    const rest = label.slice(FALLBACK.length)
    const why = Object.hasOwn(REASONS, rest)
      ? REASONS[rest as Label]
      : `The decision was control, with the label “${rest}”.`
    return `${why} The application's fallback treatment ${treatment} takes the place of control.`
  }
  if (ruleIndex !== undefined) {
    return `Rule ${ruleIndex + 1} matched${bucket === undefined ? '' : `, and the key falls into bucket ${bucket} of 100`}.`
  }
  return Object.hasOwn(REASONS, label) ? REASONS[label as Label] : `The label is “${label}”.`
}
