import { arrayOf } from '../shared/arrayOf'
import { isPlainObject } from '../shared/isPlainObject'
import { areHalves } from './areHalves'
import type { Memberships, SegmentKind } from './types'

interface Half {
  k?: unknown
  cn?: unknown
}

type Answer = Partial<Record<SegmentKind, Half | null>>

interface Known {
  names: ReadonlySet<string>
  changeNumber: number
}

export function createMemberships(matchingKey: string): Memberships {
  const known: Record<SegmentKind, Known> = {
    ms: { names: new Set(), changeNumber: -1 },
    ls: { names: new Set(), changeNumber: -1 },
  }
  const hasNumber: Partial<Record<SegmentKind, boolean>> = {}
  let isKnown = false
  const put = (kind: SegmentKind, names: ReadonlySet<string>, changeNumber: number): boolean => {
    const old = known[kind].names
    const isSame = names.size === old.size && [...names].every((name) => old.has(name))
    known[kind] = { names: isSame ? old : names, changeNumber }
    return !isSame
  }
  const replace = (kind: SegmentKind, half: Half | null | undefined, isBehind: boolean | undefined): boolean => {
    const { changeNumber } = known[kind]
    const cn = half?.cn
    hasNumber[kind] = Number.isSafeInteger(cn) && (cn as number) >= 0
    // An answer without a number, or with one that none has, does not tell its age: the known number stays.
    const answered = hasNumber[kind] ? (cn as number) : changeNumber
    return (
      (isBehind ? changeNumber >= 0 && answered > changeNumber : answered >= changeNumber) &&
      put(
        kind,
        new Set(
          arrayOf<{ n?: unknown } | null>(half?.k)
            .map((item) => item?.n)
            .filter((name) => typeof name === 'string'),
        ),
        answered,
      )
    )
  }
  const halfOf = ({ names, changeNumber }: Known) => ({
    k: [...names].map((n) => ({ n })),
    ...(changeNumber >= 0 && { cn: changeNumber }),
  })

  return {
    matchingKey,
    hasNumber,
    get segments() {
      return known.ms.names
    },
    get largeSegments() {
      return known.ls.names
    },
    isKnown: () => isKnown,
    changeNumber: (kind) => known[kind].changeNumber,
    isAnswer(answer) {
      const { ms, ls } = (answer ?? {}) as Answer
      // An empty object is a half too: the key is in no segment of the kind.
      return areHalves<Half>([ms, ls], (half) => isPlainObject(half) && Array.isArray(half.k ?? []))
    },
    apply(answer, isBehind) {
      const { ms, ls } = (answer ?? {}) as Answer
      isKnown = true
      const isChanged = replace('ms', ms, isBehind)
      return replace('ls', ls, isBehind) || isChanged
    },
    change(kind, changeNumber, added, removed) {
      if (changeNumber <= known[kind].changeNumber) return false
      const names = new Set([...known[kind].names, ...added])
      for (const name of removed) names.delete(name)
      return put(kind, names, changeNumber)
    },
    answer: () => ({ ms: halfOf(known.ms), ls: halfOf(known.ls) }),
  }
}
