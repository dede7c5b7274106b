/** @jsxImportSource preact */
import { render } from 'preact'
import { createFlags } from './createFlags'
import { FlagsApp } from './FlagsApp'

const flags = createFlags()
await flags.load()
render(<FlagsApp flags={flags} />, document.getElementById('app') as HTMLElement)
