import type { ConfigText } from '../client/types/flags'

/**
 * What a treatment's configuration says. The client hands configurations over as the text that is stored with the flag, as
 * every SDK of the service does; this parses it, and with typed flags the result has the type that they declare.
 *
 * A declaration is a promise of whoever edits the flags, nothing that a compiler can hold: where it matters, give a check.
 *
 * @param text the `config` of `getTreatmentWithConfig`, `explain` and the like
 * @param isValid says whether a value is what the application expects; whatever it does not accept counts as none
 * @returns the parsed configuration; null where there is none, it is no JSON, or `isValid` refused it or threw. Never throws
 * @example
 * const { treatment, config } = client.getTreatmentWithConfig('checkout_v2')
 * const color = parseConfig(config)?.color ?? 'green'
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
