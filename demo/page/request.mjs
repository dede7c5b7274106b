// @ts-check

/**
 * Asks the local server. Rejects with its own sentence when it refuses.
 *
 * @param {string} path
 * @param {{ method?: string, body?: unknown }} [options] a body is sent as JSON
 * @returns {Promise<any>}
 */
export async function request(path, { method = 'GET', body } = {}) {
  const response = await fetch(path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message)
  return answer
}
