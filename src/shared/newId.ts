/**
 * A name that nothing else has. Older names sort before younger ones. It needs to be unlikely, not secret, so that `crypto.randomUUID`,
 * which insecure pages do not have, is not needed.
 */
export function newId(now: number): string {
  return `${now.toString(36)}-${Math.random().toString(36).slice(2)}`
}
