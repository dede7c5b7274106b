// @ts-check
import { byId, element } from './element.mjs'

const pages = /** @type {const} */ ([
  ['/', 'Decide'],
  ['/flags.html', 'Flags'],
  ['/impressions.html', 'Impressions'],
  ['/faults.html', 'Faults'],
])

/**
 * @typedef {{ id: string, name: string, sdkKey: string }} Environment
 * @typedef {{ apiUrl: string, environments: Environment[], retentionDays: number, ephemeral: boolean }} Config
 */

/**
 * Fills the header: the way to the other pages, and the environment, which stands in the address and goes along.
 *
 * @returns {Promise<Config & { environment: Environment }>}
 */
export async function createHeader() {
  /** @type {Config} */
  const config = await (await fetch('/qa/config')).json()
  const query = new URLSearchParams(location.search)
  const wanted = query.get('environment')
  const environment = /** @type {Environment} */ (
    config.environments.find(({ name }) => name === wanted) ?? config.environments[0]
  )
  const here = location.pathname.replace('/index.html', '/')
  const links = pages.map(([path, name]) =>
    element(
      'a',
      {
        href: wanted ? `${path}?${new URLSearchParams({ environment: environment.name })}` : path,
        'aria-current': path === here ? 'page' : undefined,
      },
      name,
    ),
  )
  byId('pages').replaceChildren(...links)

  const select = /** @type {HTMLSelectElement} */ (byId('environment'))
  select.replaceChildren(...config.environments.map(({ name }) => element('option', { value: name }, name)))
  select.value = environment.name
  select.addEventListener('change', () => {
    query.set('environment', select.value)
    location.search = String(query)
  })
  return { ...config, environment }
}
