import { request } from '../../browser/request'

/**
 * Sends items to where an integration hands them on. A redirect is not followed: the page that answers there, often that of a
 * login, is not the receiver.
 *
 * @returns the answer, as an outbox takes it. A `Retry-After` is read where the page may read it, and only seconds, as most servers
 * send them
 */
export async function send(
  url: string,
  init: RequestInit,
): Promise<{ status: number; type: string; retryAfterMs?: number }> {
  const { status, type, headers } = await request(url, { ...init, redirect: 'manual' })
  const seconds = Number(headers.get('Retry-After'))
  return { status, type, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) }
}
