import { expect, it } from 'vitest'
import { reasonOf } from '../../../src/devtools/reasonOf'
import { LABELS } from '../../../src/evaluation/labels'

const explained = (label: string, more: object = {}) =>
  reasonOf({ flag: 'f', treatment: 'safe', config: null, label, prerequisites: [], rules: [], matchers: [], ...more })

it('has a sentence of its own for every label, archived ones too', () => {
  const sentences = Object.values(LABELS).map((label) => explained(label))
  expect(new Set(sentences).size).toBe(sentences.length)
  expect(explained('archived')).toContain('The flag is archived')
  for (const sentence of sentences) expect(sentence).not.toContain('The label is')
})

it('says what a fallback treatment replaced', () => {
  expect(explained('fallback - not ready')).toMatch(/No definitions have arrived yet.*fallback treatment safe/)
  expect(explained('fallback - vip users')).toMatch(/control, with the label “vip users”/)
})

it('takes names of objects for labels', () => {
  expect(explained('constructor')).toBe('The label is “constructor”.')
  expect(explained('killed', { ruleIndex: 1, bucket: 7 })).toBe(
    'Rule 2 matched, and the key falls into bucket 7 of 100.',
  )
})
