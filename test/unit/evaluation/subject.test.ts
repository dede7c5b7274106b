import { expect, it } from 'vitest'
import { createSubject } from '../../../src/evaluation/subject'

it('buckets by its bucketing key, else by its matching key', () => {
  const none = new Set<string>()
  expect(createSubject('m', 'b', none, none)).toMatchObject({ matchingKey: 'm', bucketingKey: 'b' })
  expect(createSubject('m', undefined, none, none)).toMatchObject({ matchingKey: 'm', bucketingKey: 'm' })
})

it('has its own memberships and answers', () => {
  const [small, large] = [new Set(['a']), new Set(['b'])]
  const subject = createSubject('m', undefined, small, large)
  expect([subject.segments, subject.largeSegments]).toEqual([small, large])
  expect(subject.answers).not.toBe(createSubject('m', undefined, small, large).answers)
  // No version equals it, not even one of another subject.
  expect(subject.answers.version).toBeNaN()
})
