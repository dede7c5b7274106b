import type { CompiledFlag, Evaluation } from './types'

const NONE: Evaluation[] = []

/** Makes a flag's definition ready to decide. Never throws: whatever is wrong with it shows in its decisions. */
export function compileFlag(definition: unknown, name: string): CompiledFlag {
  return {
    name,
    definition: definition ?? {},
    outcomes: NONE,
    rules: undefined,
    prerequisites: undefined,
    percentage: NaN,
    bucketKey: undefined,
    bucket: 0,
    gateKey: undefined,
    gateBucket: 0,
  }
}
