import { memberName } from './memberName'

/** Nobody reads a type that is nested deeper, and a hostile text could be nested without end. */
const MAX_DEPTH = 16

/**
 * The type, as source code, that fits all of these values of JSON. Objects become one type: a member that some lack is optional.
 *
 * @param indent the spaces at the begin of the line that the type begins on
 */
export function typeOfValues(values: readonly unknown[], indent: string, depth = 0): string {
  return depth > MAX_DEPTH ? 'unknown' : partsOf(values, indent, depth).join(' | ') || 'unknown'
}

function partsOf(values: readonly unknown[], indent: string, depth: number): string[] {
  const lists = values.filter((value) => Array.isArray(value))
  const objects = values.filter((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  const primitives = values.filter((value) => typeof value !== 'object').map((value) => typeof value)
  return [
    ...(objects.length ? [objectType(objects as object[], indent, depth)] : []),
    ...(lists.length ? [listType(lists.flat(), indent, depth)] : []),
    ...[...new Set<string>(primitives)].sort(),
    ...(values.includes(null) ? ['null'] : []),
  ]
}

function objectType(objects: readonly object[], indent: string, depth: number): string {
  const members = new Map<string, unknown[]>()
  for (const [name, value] of objects.flatMap((object) => Object.entries(object))) {
    const seen = members.get(name)
    if (seen) seen.push(value)
    else members.set(name, [value])
  }
  if (!members.size) return 'Record<string, never>'
  const inner = `${indent}  `
  const lines = [...members].sort(byName).map(([name, values]) => {
    const mark = values.length < objects.length ? '?' : ''
    return `${inner}${memberName(name)}${mark}: ${typeOfValues(values, inner, depth + 1)}\n`
  })
  return `{\n${lines.join('')}${indent}}`
}

function listType(items: readonly unknown[], indent: string, depth: number): string {
  return `Array<${typeOfValues(items, indent, depth + 1)}>`
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
