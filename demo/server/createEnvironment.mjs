// @ts-check
import { definitionUpdate, membershipUpdates } from './announcements.mjs'
import { createDefinitions } from './createDefinitions.mjs'
import { createMemberships } from './createMemberships.mjs'
import { createStreaming } from './createStreaming.mjs'
import { EditError } from './EditError.mjs'
import { editFlag } from './editFlag.mjs'
import { idOf } from './idOf.mjs'

/**
 * An environment: its definitions, who is in which segment, the key under which it is asked for, and the streams that hear
 * of every change.
 *
 * @typedef {ReturnType<typeof createEnvironment>} Environment
 *
 * @param {object} parts
 * @param {string} parts.name
 * @param {unknown} parts.definitions
 * @param {unknown} parts.memberships
 * @param {Partial<import('./createServer.mjs').StreamingSettings>} [parts.streaming]
 * @param {(document: object) => void} [parts.save] keeps definitions that were edited; throws when it cannot
 */
export function createEnvironment({
  name,
  definitions: first,
  memberships: firstMemberships,
  streaming: how = {},
  save,
}) {
  const id = idOf(`environment ${name}`)
  const definitions = createDefinitions(first)
  const memberships = createMemberships(firstMemberships)
  const streaming = createStreaming(id, how)
  const { publish } = streaming.controls

  /**
   * @param {unknown} document
   * @param {{ announce?: import('./createServer.mjs').Announcement }} [how]
   */
  function setDefinitions(document, { announce = 'gzip' } = {}) {
    const { ff, rbs } = definitions.set(document)
    if (announce === 'silent') return
    const compression = announce === 'bare' ? undefined : announce
    // A flag may depend on a segment that is as new.
    if (rbs.t > rbs.from) publish(definitionUpdate('RB_SEGMENT_UPDATE', rbs, compression))
    if (ff.t > ff.from) publish(definitionUpdate('SPLIT_UPDATE', ff, compression))
  }

  /**
   * @param {string} flagName
   * @param {string} [treatment]
   */
  function kill(flagName, treatment) {
    const flag = definitions.flag(flagName)
    if (!flag) throw new Error(`there is no flag ${flagName}`)
    announceKill(
      flagName,
      definitions.patched(flagName, { killed: true, defaultTreatment: treatment ?? flag.defaultTreatment }),
    )
  }

  /**
   * As the service does it: who hears of it applies it at once, and fetches the rest.
   *
   * @param {string} flagName
   * @param {unknown} document in which it is killed
   */
  function announceKill(flagName, document) {
    const { ff } = definitions.set(document)
    const defaultTreatment = definitions.flag(flagName)?.defaultTreatment
    publish({ type: 'SPLIT_KILL', changeNumber: ff.t, splitName: flagName, defaultTreatment })
  }

  /** @type {import('./createServer.mjs').DemoServer['setMemberships']} */
  function setMemberships(document, { announce = 'keyList', compression = 'gzip', spreadMs = 0 } = {}) {
    const { cn, segments, largeSegments } = memberships.set(document)
    if (announce === 'silent') return
    const how = { cn, strategy: announce, compression, spreadMs }
    const messages = [
      ...(segments.length > 0 ? membershipUpdates('MEMBERSHIPS_MS_UPDATE', segments, how) : []),
      ...(largeSegments.length > 0 ? membershipUpdates('MEMBERSHIPS_LS_UPDATE', largeSegments, how) : []),
    ]
    for (const message of messages) publish(message)
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
     * Changes one flag, as a person asked for it. Nothing is changed when it cannot be kept.
     *
     * @param {string} flagName
     * @param {unknown} change see `editFlag`; with a `changeNumber`, of that version only
     */
    edit(flagName, change) {
      const flag = definitions.flag(flagName)
      if (!flag) throw new EditError(`there is no flag ${flagName}`)
      const { changeNumber, ...rest } = /** @type {any} */ (change ?? {})
      if (changeNumber !== undefined && changeNumber !== flag.changeNumber)
        throw new EditError('somebody else changed this flag meanwhile: load it again')
      const next = definitions.patched(flagName, editFlag(flag, rest, 0))
      save?.(next)
      if (rest.killed === true) announceKill(flagName, next)
      else setDefinitions(next)
      return /** @type {import('./createServer.mjs').Definition} */ (definitions.flag(flagName))
    },

    /** @param {boolean} isBehind */
    setCdnBehind(isBehind) {
      definitions.setBehind(isBehind)
      memberships.setBehind(isBehind)
    },
  }
}
