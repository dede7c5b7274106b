/** @jsxImportSource preact */
import { render } from 'preact'
import type { createClient } from '../../src/client/createClient'
import type { registerDevtools } from '../../src/devtools/registerDevtools'
import { DecideApp } from './DecideApp'
import { createDecisions, type Devtools } from './createDecisions'
import { playFaults } from './playFaults'

const load = async <Module,>(path: string): Promise<Module | undefined> =>
  (import(path) as Promise<Module>).catch(() => undefined)

/** The panel of `pennon/devtools`, at the end of this page. */
async function openDevtools(): Promise<Devtools | undefined> {
  const module = await load<{ registerDevtools: typeof registerDevtools }>('/dist/devtools.js')
  if (!module) return undefined
  module.registerDevtools()
  const element = document.createElement('pennon-devtools')
  // What the page asked before the panel was opened is of interest, too.
  element.toggleAttribute('record', true)
  document.body.append(element)
  return element
}

// Before the SDK looks at the browser.
await playFaults()
const sdk = await load<{ createClient: typeof createClient }>('/dist/index.js')
const decisions = createDecisions({ createClient: sdk?.createClient, devtools: sdk && (await openDevtools()) })
render(<DecideApp decisions={decisions} />, document.getElementById('app') as HTMLElement)
await decisions.decide()
