import { stringify } from '../shared/json'
import type { Tab } from '../browser/tab'
import { readTreatment, type ReadTreatment } from '../shared/readTreatment'
import type { Log } from '../shared/log'
import type { LateOverrides } from './types'

interface OverridesParts {
  validateFlagName: (name: unknown) => string | undefined
  tab: Tab
  /** Whether overrides outlive the page, in the same tab. */
  isKept: boolean
  onChange: (flags: string[]) => void
  log: Log
}

const PARAMETER = 'pennon'
const STORED = 'pennon-overrides'

/** Treatments that QA set on this page: those kept in the tab, then those of the link that opened it. */
export function createOverrides({ validateFlagName, tab, isKept, onChange, log }: OverridesParts): LateOverrides {
  const byFlag = new Map<string, ReadTreatment>()
  const put = (flag: unknown, given: unknown): string[] => {
    const name = validateFlagName(flag)
    const treatment = readTreatment(given)
    if (name && treatment) {
      byFlag.set(name, treatment)
      return [name]
    }
    log.warn('override ignored', flag)
    return []
  }
  const all = () => Object.fromEntries(byFlag)
  const keep = () => {
    if (isKept) tab.write(STORED, stringify(all()))
  }
  const change = (names: string[]): boolean => {
    if (!names.length) return false
    keep()
    onChange(names)
    return true
  }

  try {
    // The stored text is as untrusted as the link: any script of this origin may write there.
    const stored = isKept && tab.read(STORED)
    for (const [flag, given] of Object.entries(JSON.parse(stored || '{}') as object)) put(flag, given)
  } catch {
    // The text that is stored under this name holds no overrides, so there are none.
  }
  const link = tab.parameter(PARAMETER)
  if (link === '') byFlag.clear()
  for (const pair of link ? link.split(',') : []) put(...(pair.split(/:(.*)/s) as [string, string?]))
  if (link !== null) keep()

  return {
    get: (flag) => byFlag.get(flag),
    all,
    set: (flag, treatment) => change(put(flag, treatment)),
    clear: (flag) => change([...byFlag.keys()].filter((name) => (flag ?? name) === name && byFlag.delete(name))),
  }
}
