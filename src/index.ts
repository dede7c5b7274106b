export { createClient } from './client/createClient'
export { PennonSettingsError } from './shared/errors'
export type { Bootstrap, Key, OutboxLimits, Paths, Settings, Urls } from './client/types/settings'
export type { Client, Override, Overrides, TrackOptions, TreatmentOptions } from './client/types/client'
export type { ClientEvents, Status, Update } from './client/types/events'
export type { FlagView } from './client/types/flagView'
export type { Integration, IntegrationContext } from './late/types'
export type {
  AnswersOf,
  AnyFlags,
  ConfigOf,
  ConfigText,
  FallbackSettings,
  FallbackTreatment,
  FlagName,
  FlagType,
  FlagTypes,
  TreatmentOf,
  Treatments,
  TreatmentsByFlag,
  TreatmentsWithConfig,
  TreatmentWithConfig,
} from './client/types/flags'
export type { Attributes, AttributeValue } from './evaluation/types'
export type {
  AllocationExplanation,
  Explanation,
  MatcherExplanation,
  PartitionExplanation,
  PrerequisiteExplanation,
  RuleExplanation,
} from './late/explain/types'
export type { Impression, ImpressionsMode, Properties } from './impressions/types'
export type { Logger, LogLevel } from './shared/log'
export type { Consent, Delivery, FlushReason, RefusedResource } from './shared/types'
export type { NamedDelivery, NamedOutbox } from './late/types'
