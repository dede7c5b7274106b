import type { Engine } from '../browser/engine'

/** Files of the browser ring that do not run in an engine, and why. */
export interface LeftOut {
  engine: Engine
  /** What their paths begin with. */
  path: string
  why: string
}

const OFF_BROWSER = { path: 'test/browser/demo', why: 'no browser takes part in these' }

export const LEFT_OUT: readonly LeftOut[] = [
  { engine: 'chromium', ...OFF_BROWSER },
  { engine: 'firefox', ...OFF_BROWSER },
  { engine: 'webkit', ...OFF_BROWSER },
  {
    engine: 'webkit',
    path: 'test/browser/qa',
    why: "WebKitGTK's driver has no windows beside each other and no emulation of media",
  },
  { engine: 'webkit', path: 'test/browser/crowdedPage', why: "WebKitGTK's driver has no interception of requests" },
  {
    engine: 'webkit',
    path: 'test/browser/contentPolicy',
    why: "WebKitGTK's driver evaluates nothing under Trusted Types",
  },
  {
    engine: 'webkit',
    path: 'test/browser/compat/',
    why: "WebKitGTK's driver has no functions of the test in the page",
  },
  {
    engine: 'webkit',
    path: 'test/browser/integrations/',
    why: "WebKitGTK's driver has no functions of the test in the page and no interception of requests",
  },
]
