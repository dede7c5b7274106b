/** An object that has each of these names as the member of that name, as the official SDK's constants have them. */
export const mirror = <Name extends string>(names: readonly Name[]): { [Each in Name]: Each } =>
  Object.fromEntries(names.map((name) => [name, name])) as { [Each in Name]: Each }
