/** An object literal or what JSON makes of one, of any realm: no array, date, map or instance, nothing without prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype) return true
  // The prototype is asked, not the value, because an attribute may be called `constructor`.
  return prototype?.constructor?.name === 'Object'
}
