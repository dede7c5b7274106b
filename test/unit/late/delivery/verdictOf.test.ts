import { expect, it } from 'vitest'
import { toldPauseOf, verdictOf } from '../../../../src/late/delivery/verdictOf'

it.each([
  [200, 'delivered'],
  [202, 'delivered'],
  [204, 'delivered'],
  [299, 'delivered'],
  [300, 'redirected'],
  [302, 'redirected'],
  [307, 'redirected'],
  [308, 'redirected'],
  [400, 'invalid'],
  [401, 'refused'],
  [403, 'refused'],
  [404, 'refused'],
  [405, 'invalid'],
  [408, 'busy'],
  [413, 'tooBig'],
  [422, 'invalid'],
  [429, 'busy'],
  [499, 'invalid'],
  [500, 'busy'],
  [503, 'busy'],
  [599, 'busy'],
  [0, 'unanswered'],
  [undefined, 'unanswered'],
  [101, 'unanswered'],
] as const)('status %s is %s', (status, verdict) => {
  expect(verdictOf({ status })).toBe(verdict)
})

it('a redirect that was not followed has no status', () => {
  expect(verdictOf({ status: 0, type: 'opaqueredirect' })).toBe('redirected')
  expect(verdictOf({ type: 'opaqueredirect' })).toBe('redirected')
})

it.each([
  [{ status: 429 }, 30_000],
  [{ status: 429, retryAfterMs: 2_000 }, 2_000],
  [{ status: 429, retryAfterMs: 0 }, 0],
  [{ status: 503 }, 0],
  [{ status: 503, retryAfterMs: 5_000 }, 5_000],
  [{}, 0],
])('%o asks to wait %d ms', (answer, ms) => {
  expect(toldPauseOf(answer)).toBe(ms)
})
