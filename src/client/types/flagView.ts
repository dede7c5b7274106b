/** A flag as the manager shows it (FME: split view). */
export interface FlagView {
  /** Its name in the environment. */
  name: string
  /** What its keys identify, such as `user` or `account`; undefined where the definition does not say. */
  trafficType: string | undefined
  /** It answers its default treatment, whatever its rules say. */
  killed: boolean
  /** The definition's version, epoch ms. */
  changeNumber: number
  /** Treatments of the first rollout rule, else of the first rule. */
  treatments: string[]
  /** Configuration texts by treatment. */
  configs: Record<string, string>
  /** The flag sets that it is in. */
  sets: string[]
  /** What it answers when it is killed, its prerequisites are not met or no rule matches. */
  defaultTreatment: string
  /** Its impressions are only counted, not sent. */
  impressionsDisabled: boolean
  /** Flags that it requires, each with the treatments that it may give. */
  prerequisites: { flagName: string; treatments: string[] }[]
}
