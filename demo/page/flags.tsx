/** @jsxImportSource preact */
import { render } from 'preact'
import { createFlags } from './createFlags'
import { createSegments } from './createSegments'
import { FlagsApp } from './FlagsApp'

const flags = createFlags()
const segments = createSegments()
await Promise.all([flags.load(), segments.load()])
render(<FlagsApp flags={flags} segments={segments} />, document.getElementById('app') as HTMLElement)
