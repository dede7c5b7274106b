// What `npm run coverage` uses of a package that brings no types.
declare module '@bcoe/v8-coverage' {
  import type { Profiler } from 'node:inspector'

  export type ScriptCov = Profiler.ScriptCoverage
  export function mergeScriptCovs(coverages: readonly ScriptCov[]): ScriptCov | undefined
}
