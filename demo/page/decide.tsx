/** @jsxImportSource preact */
import { render } from 'preact'
import type { createClient } from '../../src/client/createClient'
import type { registerDevtools } from '../../src/devtools/registerDevtools'
import { DecideApp } from './DecideApp'
import { createDecisions, type Devtools } from './createDecisions'
import { playFaults } from './playFaults'

const load = async <Module,>(path: string): Promise<Module | undefined> =>
  (import(path) as Promise<Module>).catch(() => undefined)

/** The panel of `pennon/devtools`. */
async function createDevtools(): Promise<Devtools | undefined> {
  const module = await load<{ registerDevtools: typeof registerDevtools }>('/dist/devtools.js')
  if (!module) return undefined
  module.registerDevtools()
  const element = document.createElement('pennon-devtools')
  // The panel records from the start, because decisions from before it was opened are of interest, too.
  element.toggleAttribute('record', true)
  return element
}

// Faults are put into play before the SDK looks at the browser.
await playFaults()
const sdk = await load<{ createClient: typeof createClient }>('/dist/index.js')
const devtools = sdk && (await createDevtools())
const decisions = createDecisions({ createClient: sdk?.createClient, devtools })
render(<DecideApp decisions={decisions} />, document.getElementById('app') as HTMLElement)
// The panel's button has a place among the facts of the page, because in a corner it would cover rows.
if (devtools) document.getElementById('panel')?.append(devtools)
await decisions.decide()
