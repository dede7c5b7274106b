/**
 * Asks the local server. Rejects with its own sentence when it refuses.
 *
 * @param options a body is sent as JSON
 */
export async function request<Answer>(
  path: string,
  { method = 'GET', body }: { method?: string; body?: unknown } = {},
): Promise<Answer> {
  const response = await fetch(path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error((answer as { message: string }).message)
  return answer as Answer
}
