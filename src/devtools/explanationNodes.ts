import { stringify } from '../shared/json'
import { element } from './element'
import { partitionBar } from './partitionBar'
import type { Explanation, MatcherExplanation, RuleExplanation } from '../late/explain/types'

/** The steps of a decision, in the order they were taken. */
export function explanationNodes(explanation: Explanation): HTMLElement[] {
  const { prerequisites, allocation, rules } = explanation
  const steps: HTMLElement[] = []
  if (prerequisites.length) {
    steps.push(
      step(
        'Prerequisites',
        element(
          'ul',
          { class: 'checks' },
          prerequisites.map(({ flag, treatments, treatment, met }) =>
            check(
              met,
              met ? 'met' : 'not met',
              element('b', {}, flag),
              ` must be ${treatments.join(' or ')}; for this key it is `,
              element('b', {}, treatment),
            ),
          ),
        ),
      ),
    )
  }
  if (allocation) {
    const { percentage, open, bucket } = allocation
    steps.push(
      step(
        'Traffic allocation',
        element(
          'ul',
          { class: 'checks' },
          check(
            open,
            open ? 'takes part' : 'left out',
            percentage === 100
              ? 'All traffic takes part'
              : `${percentage} % of traffic takes part; the key falls into bucket ${bucket} of 100`,
          ),
        ),
        percentage < 100 &&
          partitionBar(
            [
              { treatment: 'takes part', size: Math.max(0, percentage) },
              { treatment: 'left out', size: 100 - Math.max(0, percentage) },
            ],
            bucket,
          ),
      ),
    )
  }
  if (rules.length) {
    steps.push(
      step(
        'Targeting rules',
        element(
          'ol',
          { class: 'rules' },
          rules.map((rule, index) => ruleNode(rule, index, explanation)),
        ),
      ),
    )
  }
  return steps
}

function ruleNode(rule: RuleExplanation, index: number, { matchers, ruleIndex, bucket }: Explanation): HTMLElement {
  const asked = matchers.filter((matcher) => matcher.rule === index)
  const isMatch = ruleIndex === index
  const outcome = isMatch ? 'matched' : asked.length ? 'did not match' : 'not reached'
  return element(
    'li',
    { class: isMatch ? 'rule match' : 'rule' },
    element(
      'p',
      { class: 'rule-head' },
      element('span', { class: 'number' }, `Rule ${index + 1}`),
      element('span', { class: `outcome ${isMatch ? 'good' : ''}` }, outcome),
    ),
    asked.length
      ? element('ul', { class: 'checks' }, asked.map(matcherNode))
      : element('p', { class: 'quiet' }, rule.summary),
    isMatch && rule.partitions.length > 0 && partitionBar(rule.partitions, bucket),
  )
}

function matcherNode({ result, summary, attribute, value, negate, type, warning }: MatcherExplanation): HTMLElement {
  const isSegment = /SEGMENT/.test(type)
  const isMember = result !== negate
  const saw = isSegment
    ? `${isMember ? 'a member' : 'no member'}: ${textOf(value)}`
    : attribute && value === undefined
      ? `${attribute} is not given`
      : `${attribute ?? 'key'} is ${textOf(value)}`
  return check(
    result,
    result ? 'true' : 'false',
    element('span', {}, summary),
    element('span', { class: 'saw' }, saw),
    warning !== undefined && element('span', { class: 'warning' }, `Warning: ${warning}`),
  )
}

function check(isGood: boolean, word: string, ...children: Parameters<typeof element>[2][]): HTMLElement {
  return element(
    'li',
    { class: isGood ? 'good' : 'bad' },
    element('span', { class: 'sign', role: 'img', 'aria-label': word, title: word }, isGood ? '✓' : '✗'),
    element('span', { class: 'what' }, ...children),
  )
}

function step(title: string, ...children: Parameters<typeof element>[2][]): HTMLElement {
  return element('section', { class: 'step' }, element('h4', {}, title), ...children)
}

/** A value as a text, in the way its author would write it. It may be anything, because applications pass anything as attributes. */
export function textOf(value: unknown): string {
  try {
    return typeof value === 'bigint' ? `${value}n` : (stringify(value) ?? String(value))
  } catch {
    return 'something that cannot be shown'
  }
}
