import { afterEach, expect, it, vi } from 'vitest'
import { send } from '../../../src/integrations/shared/send'

afterEach(() => vi.unstubAllGlobals())

/** Answers with what `fetch` would resolve with, and tells what it was called with. */
function answer(status: number, headers: Record<string, string> = {}, type: Response['type'] = 'cors') {
  const calls: unknown[][] = []
  vi.stubGlobal('fetch', async (...given: unknown[]) => {
    calls.push(given)
    return Object.defineProperties(new Response(null, { headers }), {
      type: { value: type },
      status: { value: status },
    })
  })
  return calls
}

it('sends without cookies or referrer, and follows no redirect', async () => {
  const calls = answer(204)
  expect(await send('https://hook.example/in', { method: 'POST', body: 'x' })).toEqual({ status: 204, type: 'cors' })
  expect(calls).toEqual([
    [
      'https://hook.example/in',
      { method: 'POST', body: 'x', redirect: 'manual', credentials: 'omit', referrerPolicy: 'no-referrer' },
    ],
  ])
})

it('tells of a redirect, which has no status that can be read', async () => {
  answer(0, {}, 'opaqueredirect')
  expect(await send('https://hook.example/in', {})).toEqual({ status: 0, type: 'opaqueredirect' })
})

it.each([
  ['120', { retryAfterMs: 120_000 }],
  ['0', {}],
  ['-1', {}],
  ['Fri, 31 Dec 2038 23:59:59 GMT', {}],
])('reads of Retry-After seconds alone: %s', async (seconds, expected) => {
  answer(429, { 'Retry-After': seconds })
  expect(await send('https://hook.example/in', {})).toEqual({ status: 429, type: 'cors', ...expected })
})

it('rejects when no answer came', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('cut')))
  await expect(send('https://hook.example/in', {})).rejects.toThrow('cut')
})
