import { treatmentColour } from './treatmentColour'

export interface Environment {
  id: string
  name: string
  sdkKey: string
}

interface Config {
  apiUrl: string
  environments: [Environment, ...Environment[]]
  /** The treatments of all flags, in order. */
  treatments: string[]
  retentionDays: number
  ephemeral: boolean
}

/** What the server says of itself, as it stands in the document. */
export const config = JSON.parse(document.getElementById('config')?.textContent ?? '') as Config

// Colours are given out here, in one order, so that a treatment has the same colour on every page, whatever rows come first.
for (const treatment of config.treatments) treatmentColour(treatment)

const wanted = new URLSearchParams(location.search).get('environment')

/** The environment that is shown. It is in the address, and in links to the other pages. */
export const environment = config.environments.find(({ name }) => name === wanted) ?? config.environments[0]

/** A query that asks for this environment. */
export const inEnvironment = (more: Record<string, string> = {}) =>
  new URLSearchParams({ environment: environment.name, ...more })

/** The address of another page, with the environment if one was chosen. */
export const pageAddress = (path: string, query: Record<string, string> = {}) => {
  const all = new URLSearchParams({ ...(wanted && { environment: environment.name }), ...query })
  return all.size > 0 ? `${path}?${all}` : path
}
