import type { CompiledMatcher } from './matcher'

/** Hears each step of one flag's decision. Dependencies are decided without it. */
export interface Trace {
  bucket?: number
  allocation?: { percentage: number; bucket: number; open: boolean }
  rule?: { index: number; summary: string }
  readonly prerequisites: { flag: string; treatments: string[]; treatment: string; met: boolean }[]
  readonly matchers: { rule: number; matcher: CompiledMatcher; value: unknown; result: boolean }[]
}
