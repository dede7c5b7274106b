/** One place where two transcripts differ. */
export interface Found {
  /** The names of the scenario, the observation and its members, with ` / ` between them. */
  where: string
  official: unknown
  pennon: unknown
}

/** Compares as deep as both have the same shape; lists of different lengths are one difference. */
export function differ(official: unknown, pennon: unknown, where: string): Found[] {
  if (Object.is(official, pennon)) return []
  if (Array.isArray(official) && Array.isArray(pennon)) {
    if (official.length !== pennon.length) return [{ where, official, pennon }]
    return official.flatMap((item, at) => differ(item, pennon[at], `${where} / ${at}`))
  }
  if (isGroup(official) && isGroup(pennon)) {
    const names = new Set([...Object.keys(official), ...Object.keys(pennon)])
    return [...names].flatMap((name) => differ(official[name], pennon[name], `${where} / ${name}`))
  }
  return [{ where, official, pennon }]
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
