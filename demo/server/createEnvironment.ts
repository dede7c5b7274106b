import { definitionUpdate, membershipUpdates } from './announcements'
import { createDefinitions } from './createDefinitions'
import { createMemberships } from './createMemberships'
import { createStreaming } from './createStreaming'
import { EditError } from './EditError'
import { editFlag } from './editFlag'
import { flagForm } from './flagForm'
import { idOf } from './idOf'
import { newFlag, newSegment } from './newDefinition'
import { editSegment } from './segmentForm'
import type { Announcement, Definition, DemoServer, StreamingSettings } from './types'

export type Environment = ReturnType<typeof createEnvironment>

/** How many earlier versions of a flag or a segment are kept for its history. */
const maxVersions = 50

/** A flag or a rule-based segment: both have versions. */
type Kind = 'flag' | 'segment'

/**
 * An environment: its definitions, who is in which segment, the key under which it is asked for, and the streams that hear
 * of every change.
 *
 * @param parts.save keeps definitions that were edited; throws when it cannot
 */
export function createEnvironment({
  name,
  definitions: first,
  memberships: firstMemberships,
  streaming: how = {},
  save,
}: {
  name: string
  definitions: unknown
  memberships: unknown
  streaming?: Partial<StreamingSettings>
  save?: (document: object) => void
}) {
  const id = idOf(`environment ${name}`)
  const definitions = createDefinitions(first)
  const memberships = createMemberships(firstMemberships)
  const streaming = createStreaming(id, how)
  const { publish } = streaming.controls

  /** Earlier versions by name, newest first. */
  const earlier: Record<Kind, Map<string, Definition[]>> = { flag: new Map(), segment: new Map() }

  function replace(document: unknown) {
    const before = definitions.document
    const change = definitions.set(document)
    keepEarlier('flag', before.ff.d, change.ff.changed)
    keepEarlier('segment', before.rbs.d, change.rbs.changed)
    return change
  }

  function keepEarlier(kind: Kind, before: readonly Definition[], changed: readonly Definition[]) {
    const last = new Map(before.map((definition) => [definition.name, definition]))
    for (const { name } of changed) {
      const version = last.get(name)
      if (version) earlier[kind].set(name, [version, ...(earlier[kind].get(name) ?? [])].slice(0, maxVersions))
    }
  }

  function setDefinitions(document: unknown, { announce = 'gzip' }: { announce?: Announcement } = {}) {
    const { ff, rbs } = replace(document)
    if (announce === 'silent') return
    const compression = announce === 'bare' ? undefined : announce
    // A flag may depend on a segment that is as new.
    if (rbs.t > rbs.from) publish(definitionUpdate('RB_SEGMENT_UPDATE', rbs, compression))
    if (ff.t > ff.from) publish(definitionUpdate('SPLIT_UPDATE', ff, compression))
  }

  function kill(flagName: string, treatment?: string) {
    const flag = definitions.flag(flagName)
    if (!flag) throw new Error(`there is no flag ${flagName}`)
    const killed = { ...flag, killed: true, defaultTreatment: treatment ?? flag.defaultTreatment }
    announceKill(flagName, definitions.with(killed))
  }

  /**
   * Tells of a kill as the service does: clients apply it at once, and fetch the rest.
   *
   * @param document in which it is killed
   */
  function announceKill(flagName: string, document: unknown) {
    const { ff } = replace(document)
    const defaultTreatment = definitions.flag(flagName)?.defaultTreatment
    publish({ type: 'SPLIT_KILL', changeNumber: ff.t, splitName: flagName, defaultTreatment })
  }

  const setMemberships: DemoServer['setMemberships'] = (
    document,
    { announce = 'keyList', compression = 'gzip', spreadMs = 0 } = {},
  ) => {
    const { cn, segments, largeSegments } = memberships.set(document)
    if (announce === 'silent') return
    const how = { cn, strategy: announce, compression, spreadMs }
    const messages = [
      ...(segments.length > 0 ? membershipUpdates('MEMBERSHIPS_MS_UPDATE', segments, how) : []),
      ...(largeSegments.length > 0 ? membershipUpdates('MEMBERSHIPS_LS_UPDATE', largeSegments, how) : []),
    ]
    for (const message of messages) publish(message)
  }

  /** The definition that a person wants to change, if it is still the version that they saw. */
  function seen(kind: Kind, definitionName: string, changeNumber: unknown): Definition {
    const found = definitions[kind](definitionName)
    if (!found) throw new EditError(`there is no ${kind} ${definitionName}`)
    if (changeNumber !== undefined && changeNumber !== found.changeNumber)
      throw new EditError(`somebody else changed this ${kind} meanwhile: load it again`)
    return found
  }

  /** Checks that the flags and segments that a flag depends on exist, and do not depend on it in turn. */
  function checkPrerequisites(flag: Definition) {
    const visit = (name: string, path: readonly string[]) => {
      if (name === flag.name) throw new EditError(`prerequisites in a circle: ${[...path, name].join(' → ')}`)
      const asked = definitions.flag(name)
      if (!asked) throw new EditError(`there is no flag ${name}`)
      if (path.includes(name)) return
      for (const { flag: next } of flagForm(asked).prerequisites) visit(next, [...path, name])
    }
    for (const { flag: name } of flagForm(flag).prerequisites) visit(name, [flag.name])
  }

  /** Takes a changed flag over, unless it cannot be kept. */
  function take(flag: Definition, isKill = false): Definition {
    const next = definitions.with(flag)
    save?.(next)
    if (isKill) announceKill(flag.name, next)
    else setDefinitions(next)
    return definitions.flag(flag.name) as Definition
  }

  /** Takes a changed rule-based segment over, unless it cannot be kept. */
  function takeSegment(segment: Definition): Definition {
    const next = definitions.with(segment, 'rbs')
    save?.(next)
    setDefinitions(next)
    return definitions.segment(segment.name) as Definition
  }

  return {
    id,
    name,
    sdkKey: `pennon-demo-${idOf(`${name} ${definitions.fingerprint}`).slice(0, 8)}`,
    definitions,
    memberships,
    streaming,
    setDefinitions,
    kill,
    setMemberships,

    /**
     * Changes one flag, as a person asked for it.
     *
     * @param change see `editFlag`; with a `changeNumber`, of that version only
     */
    edit(flagName: string, change: unknown) {
      const { changeNumber, ...rest } = isRecord(change) ? change : {}
      const edited = editFlag(seen('flag', flagName, changeNumber), isRecord(change) ? rest : change, 0)
      checkPrerequisites(edited)
      // A change that is nothing but a kill is told as a kill, which clients apply at once.
      return take(edited, rest['killed'] === true)
    },

    /**
     * Makes a flag.
     *
     * @param wanted `{ name, trafficType?, copyOf? }`
     */
    create(wanted: unknown) {
      return take(newFlag(wanted, definitions.flag))
    },

    /**
     * Changes one rule-based segment, as a person asked for it.
     *
     * @param change see `editSegment`; with a `changeNumber`, of that version only
     */
    editSegment(segmentName: string, change: unknown) {
      const { changeNumber, ...rest } = isRecord(change) ? change : {}
      const segment = seen('segment', segmentName, changeNumber)
      return takeSegment(editSegment(segment, isRecord(change) ? rest : change))
    },

    /**
     * Makes a rule-based segment.
     *
     * @param wanted `{ name }`
     */
    createSegment(wanted: unknown) {
      return takeSegment(newSegment(wanted, definitions.segment))
    },

    /** Versions of a flag or a segment that were served since the start, newest first. */
    historyOf(kind: Kind, definitionName: string): Definition[] {
      const now = definitions[kind](definitionName)
      return [...(now ? [now] : []), ...(earlier[kind].get(definitionName) ?? [])]
    },

    /**
     * Makes an earlier version of a flag or a segment the newest.
     *
     * @param wanted `{ version, changeNumber? }`: which one, and the version that its reader saw
     */
    restore(kind: Kind, definitionName: string, wanted: unknown): Definition {
      const { version, changeNumber } = isRecord(wanted) ? wanted : {}
      const now = seen(kind, definitionName, changeNumber)
      const found = earlier[kind].get(definitionName)?.find((each) => each.changeNumber === version)
      if (!found) throw new EditError('this version is no longer kept')
      if (kind === 'segment') return takeSegment(found)
      checkPrerequisites(found)
      return take(found, found['killed'] === true && now['killed'] !== true)
    },

    setCdnBehind(isBehind: boolean) {
      definitions.setBehind(isBehind)
      memberships.setBehind(isBehind)
    },
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
