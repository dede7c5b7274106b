/** Whether an attribute may be bound to a client. */
export function isAttributeValid(name: unknown, value: unknown): boolean {
  if (typeof name !== 'string' || name === '') return false
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value) || Array.isArray(value)
}
