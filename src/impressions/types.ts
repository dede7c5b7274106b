import type { Attributes } from '../evaluation/types'

/**
 * The part of all decisions that the service learns of (FME: impressions mode). `OPTIMIZED`: of equal ones, the first of
 * each hour and a count of the rest. `DEBUG`: every one. `NONE`: counts and unique keys only.
 */
export type ImpressionsMode = 'OPTIMIZED' | 'DEBUG' | 'NONE'

/** Values that may travel with an impression or an event; anything else becomes null. */
export type Properties = Readonly<Record<string, string | number | boolean | null>>

/** One decision, as listeners, integrations and the QA panel see it: which flag, which key, which treatment, and why. */
export interface Impression {
  /** The name of the flag. */
  flag: string
  /** The matching key. */
  key: string
  /** The bucketing key; absent unless the application gave the key as an object. */
  bucketingKey?: string
  /** The treatment that was returned, after fallback treatments. */
  treatment: string
  /** The label: which targeting rule matched, or why none could. */
  label: string
  /** The definition's version, epoch ms; absent when there was no definition. */
  changeNumber?: number
  /** The time of the decision, epoch ms. */
  time: number
  /** The time when this page last decided the same for this key, epoch ms. */
  previousTime?: number
  /** The definition's traffic type. */
  trafficType?: string
  /** The properties that the call's options gave. */
  properties?: Properties
  /** The attributes of the call, bound ones included. They never leave the page. */
  attributes?: Attributes
  /** `pennon-<version>`. */
  sdkVersion: string
  /**
   * The use that this page makes of it: `queued` for the service, `deduplicated` (a repetition, counted), `counted`
   * (tracking is off, or the mode is NONE: counts and unique keys only), `dropped` (an override or a local flag: nothing is
   * sent of it).
   */
  disposition: 'queued' | 'deduplicated' | 'counted' | 'dropped'
}

/** The key that a decision is for. `bucketingKey` is there only where the application gave the key as an object. */
export interface ImpressionKey {
  readonly matchingKey: string
  readonly bucketingKey: string | undefined
}

/** An impression, and the key that it is about. */
export type Heard = readonly [impression: Impression, key: ImpressionKey]

/** The options of a call that concern its impression. */
export interface ImpressionOptions {
  /** Properties that are validated; absent rather than empty. */
  readonly properties?: Properties
  readonly impressionsDisabled?: boolean
}

/** An impression as it waits in the outbox: the members of the wire format, and its flag. */
export interface ImpressionItem {
  f: string
  k: string
  t: string
  m: number
  c?: number
  r?: string
  b?: string
  pt?: number
  properties?: string
}

/** Repetitions of one flag in the hour that begins at `m` (epoch ms). */
export interface CountItem {
  f: string
  m: number
  rc: number
}

/** The flags that one key was given while tracking was off. */
export interface UniqueKeyItem {
  k: string
  fs: string[]
}
