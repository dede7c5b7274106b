interface PageParts {
  title: string
  /** Name of its script in dist/demo. */
  script: string
  /** Style sheets besides the one that every page has. */
  styles?: readonly string[]
}

const index: PageParts = { title: 'pennon QA', script: 'decide' }

/** The QA pages, by path. */
const pages: Record<string, PageParts> = {
  '/': index,
  '/index.html': index,
  '/flags.html': { title: 'Flags – pennon QA', script: 'flags', styles: ['flags.css'] },
  '/impressions.html': {
    title: 'Impressions – pennon QA',
    script: 'impressions',
    styles: ['vendor/uPlot.min.css', 'impressions.css'],
  },
  '/faults.html': { title: 'Faults – pennon QA', script: 'faultsPage', styles: ['faults.css'] },
  '/start.html': { title: 'Start here – pennon QA', script: 'start' },
  '/away.html': { title: 'Left the page – pennon QA', script: 'away' },
}

const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M3 1v14' stroke='#667' stroke-width='2'/><path d='M4 2l10 3.5L4 9z' fill='#0b7a75'/></svg>`

/**
 * The document of a QA page, which its script fills; undefined where there is none.
 *
 * @param config what the server says of itself. It is in the document, so that the scripts of a page have it at once: WebKit may never run
 *   a module that waits, with others, for one that awaits (WebKit bug 242740).
 */
export function pageHtml(path: string, config: object): string | undefined {
  if (!Object.hasOwn(pages, path)) return undefined
  const { title, script, styles = [] } = pages[path] as PageParts
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title}</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}" />
    ${['page.css', ...styles].map((file) => `<link rel="stylesheet" href="/${file}" />`).join('\n    ')}
    <script type="application/json" id="config">${JSON.stringify(config).replaceAll('<', '\\u003c')}</script>
    <script type="module" src="/dist/demo/${script}.js"></script>
  </head>
  <body>
    <div id="app"></div>
    <noscript>These pages need JavaScript.</noscript>
  </body>
</html>
`
}
