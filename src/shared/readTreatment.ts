/** A treatment that comes from code, a link or a storage, not from a definition. `config` is absent where none was given. */
export interface ReadTreatment {
  treatment: string
  config?: string | null
}

// The service allows these names. Markup must not pass, because a link may bring a treatment.
const TREATMENT = /^[\w.-]{1,100}$/

/** Reads a treatment that an application, a link or a storage gave: a text, or `{ treatment, config }`. Undefined when it is none. */
export function readTreatment(given: unknown): ReadTreatment | undefined {
  try {
    const read = (typeof given === 'string' ? { treatment: given } : (given ?? {})) as ReadTreatment
    const { treatment, config } = read
    const isValid =
      typeof treatment === 'string' && TREATMENT.test(treatment) && (config == null || typeof config === 'string')
    return isValid ? { treatment, ...(config !== undefined && { config }) } : undefined
  } catch {
    // A getter or a proxy may throw.
    return undefined
  }
}
