/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'
import { config, environment, pageAddress } from './environment'

const pages = [
  ['/', 'Decide'],
  ['/flags.html', 'Flags'],
  ['/impressions.html', 'Impressions'],
  ['/faults.html', 'Faults'],
  ['/start.html', 'Start here'],
] as const

/** The frame of a page: the links to the others, the environment, and its content. */
export function Page({ children, facts, bar }: PageProps) {
  const here = location.pathname.replace('/index.html', '/')
  return (
    <>
      <header class="top">
        <div>
          <p class="brand">pennon QA</p>
          <nav id="pages" class="pages" aria-label="Pages">
            {pages.map(([path, name]) => (
              <a key={path} href={pageAddress(path)} aria-current={path === here ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
        </div>
        <div class="facts">
          {facts}
          <div class="field inline">
            <label for="environment">Environment</label>
            <select
              id="environment"
              value={environment.name}
              onChange={({ currentTarget }) => choose(currentTarget.value)}
            >
              {config.environments.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        </div>
      </header>
      {bar}
      <main>{children}</main>
    </>
  )
}

interface PageProps {
  children: ComponentChildren
  /** Content of the header, before the environment. */
  facts?: ComponentChildren
  /** Content between the header and the rest. */
  bar?: ComponentChildren
}

function choose(name: string) {
  const query = new URLSearchParams(location.search)
  query.set('environment', name)
  location.search = String(query)
}
