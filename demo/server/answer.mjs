// @ts-check

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} [body] sent as JSON; nothing when undefined
 * @param {Record<string, string>} [headers]
 */
export function answer(response, status, body, headers = {}) {
  if (response.destroyed || response.headersSent) return
  if (body === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(text)
}
