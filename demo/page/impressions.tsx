/** @jsxImportSource preact */
import { render } from 'preact'
import { createImpressions } from './createImpressions'
import { ImpressionsApp } from './ImpressionsApp'

const impressions = createImpressions()
render(<ImpressionsApp impressions={impressions} />, document.getElementById('app') as HTMLElement)
await impressions.show()
