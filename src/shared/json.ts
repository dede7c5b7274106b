/**
 * The JSON of a value. Old libraries give every list or object a `toJSON`, which would change what is written: Prototype.js up to
 * 1.6.1 makes texts of lists.
 */
export function stringify(value: unknown): string {
  // A list shows both kinds, because lists inherit from `Object.prototype` as well.
  return JSON.stringify(value, 'toJSON' in [] ? asItIs : undefined)
}

type Convertible = { toJSON?: unknown } | undefined

/** Puts back what the `toJSON` of all lists or objects replaced; that of a date, or of an object itself, stays in force. */
function asItIs(this: Record<string, unknown>, name: string, replaced: unknown): unknown {
  const value = this[name] as Convertible
  const toJSON = value?.toJSON
  return toJSON === ([] as Convertible)?.toJSON || toJSON === ({} as Convertible)?.toJSON ? value : replaced
}
