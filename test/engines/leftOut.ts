import type { Engine } from '../browser/engine'

/** Files of the browser ring that do not run in an engine, and why. */
export interface LeftOut {
  engine: Engine
  /** What their paths begin with. */
  path: string
  why: string
}

const OFF_BROWSER = { path: 'test/browser/demo', why: 'no browser takes part in these' }

const NO_INTERCEPTION = "WebKitGTK's driver has no interception of requests"

export const LEFT_OUT: readonly LeftOut[] = [
  { engine: 'firefox', ...OFF_BROWSER },
  { engine: 'webkit', ...OFF_BROWSER },
  { engine: 'webkit', path: 'test/browser/crowdedPage', why: NO_INTERCEPTION },
  { engine: 'webkit', path: 'test/browser/integrations/', why: NO_INTERCEPTION },
  {
    engine: 'webkit',
    path: 'test/browser/qaLayout',
    why: "a window of WebKitGTK's driver does not take every width that it is given",
  },
]
