import { renderToString } from 'react-dom/server'
import { loadBootstrap, serializeBootstrap } from 'pennon/server'
import { App } from './App'
import { settings } from './settings'

/** What a server puts into the page. A real one takes the key from the session. */
export async function render() {
  const bootstrap = await loadBootstrap(settings)
  return { app: renderToString(<App bootstrap={bootstrap} />), bootstrap: serializeBootstrap(bootstrap) }
}
