import type { Impression } from '../../impressions/types'

/**
 * An impression as it leaves the page: without the call's attributes, without the label where labels stay home, and
 * without the keys unless `includeKey` says otherwise.
 */
export type Exposure = Omit<Impression, 'key' | 'label' | 'attributes'> & Partial<Pick<Impression, 'key' | 'label'>>

/** The options that all integrations have in common. */
export interface IntegrationOptions {
  /** Hands on only impressions that it is true for. What it throws is logged once; that impression is not handed on. @default all */
  filter?: (impression: Impression) => boolean
  /**
   * `first`: the impressions that the service gets: in the mode OPTIMIZED the first of each hour on a page, in DEBUG every
   * one, in NONE none. `all`: also repetitions, and impressions of flags whose tracking is off. Overrides and dropped
   * impressions are never handed on. @default 'first'
   */
  events?: 'first' | 'all'
  /**
   * Changes what is handed on: the names of flag and treatment, or `properties` (which travel as properties of the event). If it
   * returns undefined, nothing is. What it throws is logged once; that impression is not handed on. @default unchanged
   */
  mapImpression?: (exposure: Exposure) => Exposure | undefined
  /** Hands on the matching and bucketing keys, which may be personal data. @default false */
  includeKey?: boolean
}

/** Options of integrations that hand impressions to a tool on the page. */
export interface ToolOptions<Tool> extends IntegrationOptions {
  /**
   * The tool, started. Where it is left out, impressions wait for the tool's usual global: at most 2,000, the oldest are
   * forgotten. @default the tool's usual global
   */
  instance?: Tool
}

/** Values that every tool takes. */
export type ExposureProperties = Record<string, string | number | boolean>
