import { flag, inSegment } from '../../definitions/fakes'
import type { Definition } from '../../../../src/definitions/types'

type Half = { s: number; t: number; d: Definition[] }

/** A service whose definitions change, and which remembers every state it was in. */
export function createService(flags = 0) {
  /** Every definition as it was made, oldest first; the last of a name is the one that counts. */
  const log: { kind: 'ff' | 'rbs'; at: number; definition: Definition }[] = []
  const numbers = { ff: 1, rbs: 1 }
  for (let i = 0; i < flags; i++) log.push({ kind: 'ff', at: 1, definition: flag(`flag${i}`, 1) })

  const stateOf = (kind: 'ff' | 'rbs', till: number): Map<string, Definition> => {
    const state = new Map<string, Definition>()
    for (const one of log) if (one.kind === kind && one.at <= till) state.set(one.definition.name, one.definition)
    for (const [name, { status }] of state) if (status === 'ARCHIVED') state.delete(name)
    return state
  }
  const half = (kind: 'ff' | 'rbs', since: number, till: number): Half => {
    if (since === -1) return { s: -1, t: till, d: [...stateOf(kind, till).values()] }
    const changed = new Map<string, Definition>()
    for (const one of log)
      if (one.kind === kind && one.at > since && one.at <= till) changed.set(one.definition.name, one.definition)
    return { s: since, t: till, d: [...changed.values()] }
  }

  return {
    numbers: () => ({ ...numbers }),
    /** Makes a new version of a definition, and returns the message that tells of it. */
    edit(kind: 'ff' | 'rbs', name: string, how: 'change' | 'archive' | 'kill' | 'segment') {
      const pcn = numbers[kind]
      const at = pcn + 1 + (name.length % 3)
      const definition =
        kind === 'rbs'
          ? { name, changeNumber: at, status: how === 'archive' ? 'ARCHIVED' : 'ACTIVE', conditions: [] }
          : flag(name, at, {
              ...(how === 'archive' && { status: 'ARCHIVED' }),
              ...(how === 'kill' && { killed: true, defaultTreatment: `killed at ${at}` }),
              ...(how === 'segment' && { conditions: [inSegment('s')] }),
            })
      numbers[kind] = at
      log.push({ kind, at, definition })
      return { pcn, at, definition }
    },
    /** The answer of a CDN that is at `till` to a request for changes since `since`. */
    answer: (since: { ff: number; rbs: number }, till: { ff: number; rbs: number }) => ({
      ff: half('ff', since.ff, till.ff),
      rbs: half('rbs', since.rbs, till.rbs),
    }),
    stateOf,
  }
}
