type Encoded = { $: string; v?: unknown }

/** Values that JSON has none for, as the rows spell them: `{"$":"undef"}`, `{"$":"num","v":"NaN"}` and so on. */
export function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode)
  if (typeof value !== 'object' || value === null) return value
  if (!Object.hasOwn(value, '$')) return decodeMembers(value)
  const { $: kind, v } = value as Encoded
  const decoder = DECODERS[kind]
  if (!decoder) throw new Error(`unknown kind of value: ${kind}`)
  return decoder(v)
}

const DECODERS: Record<string, (v: unknown) => unknown> = {
  undef: () => undefined,
  num: (v) => Number(v),
  date: (v) => new Date((v as number | null) ?? NaN),
  str: (v) => new String(v),
  boxnum: (v) => new Number(v),
  // Its source text is what a text matcher sees.
  fn: () => Object.defineProperty(() => undefined, 'toString', { value: () => 'function namedFn() { }' }),
  big: (v) => BigInt(v as string),
  sym: (v) => Symbol(v as string),
  nullproto: (v) => Object.assign(Object.create(null), decodeMembers(v as object)),
  map: () => new Map(),
}

function decodeMembers(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, decode(member)]))
}
