import type { FunctionComponent, ReactNode } from 'react'
import type { Client, TreatmentOptions } from '../client/types/client'
import type { Status } from '../client/types/events'
import type {
  AnswersOf,
  AnyFlags,
  ConfigOf,
  FlagName,
  TreatmentOf,
  Treatments,
  TreatmentWithConfig,
} from '../client/types/flags'
import type { Settings } from '../client/types/settings'
import type { Attributes } from '../evaluation/types'

/** Either a client, or the settings of one. */
export type PennonProviderProps<Flags = AnyFlags> = { children?: ReactNode } & (
  | {
      /** A client that the application made, and destroys. In a test: `createTestClient()` of `pennon/testing`. */
      client: Client<Flags>
      settings?: undefined
    }
  | {
      /**
       * Settings of a client that the provider makes once it is on the page, and destroys when it leaves. Another `key` is
       * another user, on the same connection; another `sdkKey` is another client, and destroys the last one. Other settings
       * are read when the client is made, and not again.
       */
      settings: Settings<Flags>
      client?: undefined
    }
)

/** The options of one use of a hook. The objects may be new ones at every drawing. */
export interface HookOptions extends TreatmentOptions {
  /** Attributes of this use, which win over those bound to the client. @default none */
  attributes?: Attributes
}

/**
 * The provider and all hooks.
 *
 * @typeParam Flags what the application knows of its flags, as for `createClient`. @default any flag, any treatment
 */
export interface Hooks<Flags = AnyFlags> {
  /** See `PennonProvider`. */
  PennonProvider: FunctionComponent<PennonProviderProps<Flags>>
  /** See `useTreatment`. */
  useTreatment<Name extends FlagName<Flags>>(flag: Name, options?: HookOptions): TreatmentOf<Flags, Name>
  /** See `useTreatmentWithConfig`. */
  useTreatmentWithConfig<Name extends FlagName<Flags>>(
    flag: Name,
    options?: HookOptions,
  ): Readonly<TreatmentWithConfig<TreatmentOf<Flags, Name>, ConfigOf<Flags, Name>>>
  /** See `useTreatments`. */
  useTreatments<const Names extends readonly FlagName<Flags>[]>(
    flags: Names,
    options?: HookOptions,
  ): AnswersOf<Treatments<Flags>, Names>
  /** See `useSuspenseTreatment`. */
  useSuspenseTreatment<Name extends FlagName<Flags>>(flag: Name, options?: HookOptions): TreatmentOf<Flags, Name>
  /** See `useClient`. */
  useClient(): Client<Flags>
  /** See `useStatus`. */
  useStatus(): Status
}
