// @ts-check
import { byId } from './element.mjs'
import { request } from './request.mjs'

const lines = (/** @type {string} */ text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

/**
 * The form for the segments of a key: a key brings what it is in, and what is saved goes to the open pages.
 *
 * @param {URLSearchParams} inEnvironment
 */
export function editMemberships(inEnvironment) {
  /** @type {HTMLInputElement} */
  const key = byId('member')
  /** @type {HTMLTextAreaElement} */
  const segments = byId('segments')
  /** @type {HTMLTextAreaElement} */
  const largeSegments = byId('large-segments')
  const address = () => `/qa/memberships/${encodeURIComponent(key.value.trim())}?${inEnvironment}`
  const say = (/** @type {string} */ text) => {
    byId('member-status').textContent = text
  }

  key.addEventListener('change', async () => {
    if (!key.value.trim()) return
    const found = await request(address())
    segments.value = found.segments.join('\n')
    largeSegments.value = found.largeSegments.join('\n')
    say('')
  })
  byId('memberships').addEventListener('submit', async (event) => {
    event.preventDefault()
    if (!key.value.trim()) {
      say('A key is needed.')
      key.focus()
      return
    }
    try {
      await request(address(), {
        method: 'PUT',
        body: { segments: lines(segments.value), largeSegments: lines(largeSegments.value) },
      })
      say(`Saved the segments of ${key.value.trim()}.`)
    } catch (error) {
      say(String(/** @type {Error} */ (error).message))
    }
  })
}
