/**
 * The reasons for a treatment, where no targeting rule's own label gives one. The service's reports compare these texts, so
 * that they must never change.
 */
export const LABELS = {
  /** The flag is killed: its default treatment, whatever its rules say. */
  killed: 'killed',
  /** No targeting rule matched: the flag's default treatment. */
  noRuleMatched: 'no rule matched',
  /** The key is outside the percentage of traffic that a rollout rule is exposed to: the flag's default treatment. */
  notInSplit: 'not in split',
  /** Another flag that this one requires did not give one of the required treatments: the flag's default treatment. */
  prerequisitesNotMet: 'prerequisites not met',
  /** The environment has no flag of this name, or its filters leave it out: `control`. */
  definitionNotFound: 'definition not found',
  /** The flag was archived and should not be asked for any more: `control`. */
  archived: 'archived',
  /** A rule needs a matcher that this version does not know, or is empty: `control`, for guessing could be wrong. */
  unsupported: 'targeting rule type unsupported by sdk',
  /** The definition is broken, goes in circles, or an attribute could not be read: `control`. */
  exception: 'exception',
  /** No definitions have arrived yet, neither from the cache nor from the service: `control`. */
  notReady: 'not ready',
  /** The call itself was refused (key, flag name or attributes): only `explain` says so, no impression is made. */
  invalidInput: 'invalid input',
  /** QA set the treatment on this page. */
  override: 'override',
} as const

/** This text goes before the label of a `control` that a configured fallback treatment replaced. */
export const FALLBACK_PREFIX = 'fallback - '

/** The treatment when no decision was possible. */
export const CONTROL = 'control'
