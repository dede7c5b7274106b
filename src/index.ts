export { createClient } from './client/createClient'
export { PennonSettingsError } from './shared/errors'
export type {
  Bootstrap,
  Client,
  ClientEvents,
  FlagView,
  Integration,
  IntegrationContext,
  Key,
  OutboxLimits,
  Override,
  Overrides,
  Paths,
  Settings,
  Status,
  TrackOptions,
  TreatmentOptions,
  Update,
  Urls,
} from './client/types'
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
} from './client/flagTypes'
export type { Attributes, AttributeValue } from './evaluation/types'
export type {
  AllocationExplanation,
  Explanation,
  MatcherExplanation,
  PartitionExplanation,
  PrerequisiteExplanation,
  RuleExplanation,
} from './evaluation/explain'
export type { Impression, ImpressionsMode, Properties } from './impressions/types'
export type { Logger, LogLevel } from './shared/log'
export type { Consent, Delivery, FlushReason, NamedDelivery, NamedOutbox } from './transport/types'
