import { compileFlag, compileRuleBasedSegment } from '../evaluation/evaluate'
import { areHalves } from './areHalves'
import { traitsOf } from './entry'
import { createDefinitionTable } from './definitionTable'
import type { CompiledFlag, CompiledSegment, Definitions as Compiled } from '../evaluation/types'
import type { Half } from './definitionTable'
import type { Change } from '../shared/hub'
import type { CachedDefinitions, Definition, Snapshot } from './types'
import type { ChangeNumbers } from '../shared/changeNumbers'

/** All definitions in memory: what the evaluator decides by, and what the service and the cache know. */
export interface Definitions extends Compiled {
  changeNumbers(): ChangeNumbers
  /** The names of the flags. */
  names(): string[]
  /** The definition of a flag as the service sent it. */
  raw(name: string): Definition | undefined
  /** The names of the flags in any of these flag sets. */
  namesInSets(sets: readonly string[]): string[]
  /** Whether any flag is of this traffic type. */
  hasTrafficType(trafficType: string): boolean
  /** Whether a decision may depend on the memberships of a key. */
  usesSegments(): boolean
  /** Whether a value is an answer of `splitChanges`, of any spec. */
  isAnswer(answer: unknown): boolean
  /**
   * Applies an answer of `splitChanges` to a request for changes since `since`. It is untrusted: what is no definition is left out. An
   * answer that is out of date changes nothing, so that change numbers never fall, unless the service started anew (`isReset`).
   *
   * @returns what changed for decisions; undefined when nothing did
   */
  apply(answer: unknown, since?: Partial<ChangeNumbers>, isReset?: boolean): Change | undefined
  /** Kills one flag before its new definition is here. A kill is shown at once, even while updates are held back. */
  kill(name: string, treatment: string, changeNumber: number): Change | undefined
  /** Applies what the cache has, if it is newer than what is here. */
  load(cached: CachedDefinitions): Change | undefined
  /** The time when the service last confirmed the definitions, epoch ms; undefined when it never did. */
  confirmedAt(): number | undefined
  /** Remembers when the service confirmed the definitions, epoch ms. */
  confirm(at: number): void
  /** Whether the cache turned out to be wrong, and the answer that replaces everything is still to come. */
  isDistrusted(): boolean
  /** From now on changes are kept but not shown, except kills. */
  hold(): void
  /** Shows what was held back. */
  showLatest(): Change | undefined
  /** The latest definitions, to be stored: those that are held back, too. */
  readonly snapshot: () => Snapshot
}

interface DefinitionsParts {
  /** Whether a flag is one of those asked for. @default all are */
  accepts?: ((flag: Definition) => boolean) | undefined
  /** Called when a text of the cache is not what its index says, so that the cache has to be deleted. It may be called during a decision. */
  onCorrupt?: () => void
  /** Called for a decision that was made without a look at the value. */
  warn?: (message: string) => void
}

interface Answer {
  ff?: Half | null
  rbs?: Half | null
  /** The definitions of flags in spec 1.2, which old proxies speak. `till` is their change number. */
  splits?: unknown
  till?: unknown
}

export function createDefinitions({ accepts, onCorrupt = () => {}, warn }: DefinitionsParts): Definitions {
  /** The number of times that the service started anew. */
  let resets = 0
  let confirmedAt: number | undefined
  let isDistrusted = false
  /** The definitions that are known may be wrong: the next answer replaces everything. */
  const distrust = () => {
    if (flags.changeNumber() === -1) return
    isDistrusted = true
    for (const table of tables) table.distrust()
    onCorrupt()
  }
  const flags = createDefinitionTable<CompiledFlag>(compileFlag, distrust, accepts)
  const segments = createDefinitionTable<CompiledSegment>(compileRuleBasedSegment, distrust)
  const tables = [flags, segments] as const

  const change = (names: string[], segmentNames: string[]): Change | undefined => {
    if (!names.length && !segmentNames.length) return undefined
    own.version++
    return { type: names.length ? 'flags' : 'segments', names }
  }
  const changeNumbers = () => ({ flags: flags.changeNumber(), ruleBasedSegments: segments.changeNumber() })

  const own: Definitions & { version: number } = {
    // The version is a plain member, because every decision compares it.
    version: 0,
    warn,
    flag: flags.get,
    ruleBasedSegment: segments.get,
    changeNumbers,
    names: () => [...flags.shown().keys()],
    raw: flags.raw,
    namesInSets: (sets) =>
      [...flags.shown().values()]
        .filter((entry) => traitsOf(entry).sets.some((set) => sets.includes(set)))
        .map(({ name }) => name),
    hasTrafficType: (trafficType) =>
      [...flags.shown().values()].some((entry) => traitsOf(entry).trafficType === trafficType),
    usesSegments: () =>
      // Definitions that are held back count, too, so that the memberships are known when they are shown.
      tables.some((table) =>
        [...new Set([table.shown(), table.fresh()])].some((entries) =>
          [...entries.values()].some((entry) => traitsOf(entry).usesSegments),
        ),
      ),

    isAnswer(answer) {
      const { ff, rbs, splits, till } = (answer ?? {}) as Answer
      return areHalves<Half>([ff, rbs, splits && { t: till }], ({ t }) => Number.isSafeInteger(t))
    },
    apply(answer, since, isReset = false) {
      const { ff, rbs, splits, till } = (answer ?? {}) as Answer
      if (isReset) resets++
      return change(
        flags.put(Array.isArray(splits) ? { d: splits, t: till } : ff, since?.flags, isReset),
        segments.put(rbs, since?.ruleBasedSegments, isReset),
      )
    },
    kill(name, treatment, changeNumber) {
      const raw = flags.raw(name)
      const known = raw?.changeNumber
      // The latest definitions know of this kill, and of what came after it, even if they are not shown.
      if (!raw || changeNumber <= flags.changeNumber() || (typeof known === 'number' && known >= changeNumber)) {
        return undefined
      }
      return change(flags.replace({ ...raw, killed: true, defaultTreatment: treatment, changeNumber }), [])
    },
    load({ changeNumbers: cached, entries, confirmedAt: cachedAt }) {
      if (cached.flags <= flags.changeNumber() || cached.ruleBasedSegments < segments.changeNumber()) return undefined
      confirmedAt ??= cachedAt
      return change(flags.load(entries[0], cached.flags), segments.load(entries[1], cached.ruleBasedSegments))
    },
    confirmedAt: () => confirmedAt,
    confirm(at) {
      confirmedAt = at
    },
    isDistrusted: () => isDistrusted && flags.changeNumber() === -1,
    hold: () => tables.forEach((table) => table.hold()),
    showLatest: () => change(flags.showLatest(), segments.showLatest()),
    snapshot: () => ({
      changeNumbers: changeNumbers(),
      entries: [[...flags.fresh().values()], [...segments.fresh().values()]],
      resets,
    }),
  }
  return own
}
