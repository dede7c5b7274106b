/**
 * A name that nothing else in the world has. Older ones sort before younger ones. Not `crypto.randomUUID`: insecure pages have none, and
 * nothing but chance is asked of it.
 */
export function newId(now: number): string {
  return `${now.toString(36)}-${Math.random().toString(36).slice(2)}`
}
