import { hydrateRoot } from 'react-dom/client'
import { App } from './App'

const bootstrap = JSON.parse(document.querySelector('#bootstrap')?.textContent ?? 'null')
hydrateRoot(document.querySelector('#app') as HTMLElement, <App bootstrap={bootstrap} />)
