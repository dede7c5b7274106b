/**
 * An answer: a text as it is, anything else as JSON, no body when undefined. What a fault answers is not always JSON, but the type
 * says so, as the service's does.
 */
export function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Response {
  if (body === undefined) return new Response(null, { status, headers })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new Response(text, { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } })
}

/** A refusal, with a reason for people to read. */
export const refuse = (status: number, message: string) => answer(status, { message })
