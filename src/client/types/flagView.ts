/** A flag as the manager shows it (FME: split view). */
export interface FlagView {
  /** The flag's name in the environment. */
  name: string
  /** The kind of thing that its keys identify, such as `user` or `account`; undefined where the definition does not say. */
  trafficType: string | undefined
  /** The flag answers its default treatment, whatever its rules say. */
  killed: boolean
  /** The definition's version, epoch ms. */
  changeNumber: number
  /** Treatments of the first rollout rule, else of the first rule. */
  treatments: string[]
  /** Configuration texts by treatment. */
  configs: Record<string, string>
  /** The flag sets that the flag is in. */
  sets: string[]
  /** The treatment of the flag where it is killed, its prerequisites are not met or no rule matches. */
  defaultTreatment: string
  /** The flag's impressions are only counted, not sent. */
  impressionsDisabled: boolean
  /** The flags that this one requires, each with the treatments that it may give. */
  prerequisites: { flagName: string; treatments: string[] }[]
}
