import type { ConfigText } from '../client/types/flags'

/**
 * Parses a treatment's configuration. The client hands configurations over as the text that is stored with the flag, as every
 * SDK of the service does. With typed flags, the result has the type that they declare.
 *
 * That type is a promise of whoever edits the flags, which no compiler can check: where it matters, give `isValid`.
 *
 * @param text the `config` of `getTreatmentWithConfig`, `explain` and the like
 * @param isValid says whether a value is what the application expects; whatever it does not accept counts as none
 * @returns the parsed configuration; null where there is none, it is no JSON, or `isValid` refused it or threw. Never throws
 * @example
 * const { config } = client.getTreatmentWithConfig('checkout_v2')
 * const color = parseConfig<{ color: string }>(config)?.color ?? 'green'
 */
export function parseConfig<Config = unknown>(
  text: ConfigText<Config> | null,
  isValid: (value: unknown) => boolean = () => true,
): Config | null {
  try {
    const value: unknown = JSON.parse(text as string)
    return isValid(value) ? (value as Config) : null
  } catch {
    return null
  }
}
