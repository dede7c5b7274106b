import type { SegmentChange } from './announcements'
import { StartError } from './StartError'

/**
 * Which segments a key is in, as the service answers it.
 *
 * @param first `{ key: { segments, largeSegments } }`, or per key the service's own `{ ms, ls }`
 */
export function createMemberships(first: unknown) {
  let version = Date.now()
  let byKey = parse(first)
  /** The documents that a CDN which is behind still answers. */
  let old: { byKey: typeof byKey; version: number } | undefined

  return {
    /** Later documents are newer than what was answered before, whatever numbers they bring. */
    set(next: unknown) {
      const before = byKey
      byKey = parse(next)
      const segments = changesOf(before, byKey, 'segments')
      const largeSegments = changesOf(before, byKey, 'largeSegments')
      // Each change may be told by itself, under a number of its own.
      version = Math.max(version + Math.max(segments.length, largeSegments.length, 1), Date.now())
      for (const lists of byKey.values()) lists.segments.cn = lists.largeSegments.cn = undefined
      return { cn: version, segments, largeSegments }
    },

    /**
     * The document with one key in these segments, and in no others.
     *
     * @param segments `{ segments, largeSegments }`
     */
    patched: (key: string, segments: unknown) => ({ ...Object.fromEntries(byKey), [key]: segments }),

    of(key: string) {
      const { segments, largeSegments } = byKey.get(key) ?? nowhere()
      return { segments: segments.names, largeSegments: largeSegments.names }
    },

    /** @param isBehind whether a CDN goes on answering what is served now */
    setBehind(isBehind: boolean) {
      old = isBehind ? { byKey, version } : undefined
    },

    /** @param isBypass the address is one that the CDN has not seen yet */
    answer(key: string, isBypass: boolean) {
      const now = (!isBypass && old) || { byKey, version }
      const wire = ({ names, cn = now.version }: List) => ({ k: names.map((n) => ({ n })), cn })
      const { segments, largeSegments } = now.byKey.get(key) ?? nowhere()
      return { ms: wire(segments), ls: wire(largeSegments) }
    },
  }
}

interface List {
  names: string[]
  cn?: number | undefined
}

interface Lists {
  segments: List
  largeSegments: List
}

const nowhere = (): Lists => ({ segments: { names: [] }, largeSegments: { names: [] } })

/** The keys that came and went, by segment. */
function changesOf(before: Map<string, Lists>, after: Map<string, Lists>, kind: keyof Lists): SegmentChange[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  const namesOf = (all: Map<string, Lists>, key: string) => all.get(key)?.[kind].names ?? []
  const segments = new Set([...keys].flatMap((key) => [...namesOf(before, key), ...namesOf(after, key)]))
  return [...segments]
    .map((name) => {
      const was = [...keys].filter((key) => namesOf(before, key).includes(name))
      const is = [...keys].filter((key) => namesOf(after, key).includes(name))
      return {
        name,
        added: is.filter((key) => !was.includes(key)),
        removed: was.filter((key) => !is.includes(key)),
        isGone: is.length === 0,
      }
    })
    .filter(({ added, removed }) => added.length + removed.length > 0)
}

function parse(raw: unknown): Map<string, Lists> {
  if (!isRecord(raw)) throw new StartError('memberships: expected { "<key>": { "segments": [ … ] } }')
  return new Map(
    Object.entries(raw).map(([key, value]) => {
      if (!isRecord(value)) throw new StartError(`memberships: ${JSON.stringify(key)} is not an object`)
      const segments = list(key, value.segments ?? value.ms)
      const largeSegments = list(key, value.largeSegments ?? value.ls)
      return [key, { segments, largeSegments }]
    }),
  )
}

function list(key: string, raw: unknown): List {
  // A list may also come in the form that is kept here, which has `names`.
  const names = isRecord(raw) ? (raw.k ?? raw.names) : raw
  if (names === undefined || names === null) return { names: [] }
  if (!Array.isArray(names)) throw new StartError(`memberships: the segments of ${JSON.stringify(key)} are not a list`)
  return {
    names: names.map((item) => String(isRecord(item) ? item.n : item)),
    cn: isRecord(raw) && typeof raw.cn === 'number' ? raw.cn : undefined,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
