import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type DefaultTheme, type MarkdownRenderer } from 'vitepress'

const guides = fileURLToPath(new URL('../pages', import.meta.url))
const built = (file: string) => fileURLToPath(new URL(`../../../dist/${file}`, import.meta.url))

/** The guides, in the order in which a newcomer reads them. */
const GUIDES = [
  {
    text: 'Begin',
    items: [
      { text: 'Start here', link: '/readme' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Labels', link: '/labels' },
      { text: 'Impressions', link: '/impressions' },
      { text: 'Events', link: '/events' },
      { text: 'Page hide', link: '/page-hide' },
      { text: 'Caching and freshness', link: '/freshness' },
    ],
  },
  {
    text: 'In your stack',
    items: [
      { text: 'React', link: '/react' },
      { text: 'Server rendering, Next.js', link: '/server-rendering' },
      { text: 'OpenFeature', link: '/openfeature' },
      { text: 'Static sites', link: '/static-sites' },
      { text: 'Vue', link: '/vue' },
      { text: 'Svelte', link: '/svelte' },
      { text: 'Angular', link: '/angular' },
      { text: 'Typed flags', link: '/typed-flags' },
    ],
  },
  {
    text: 'Test and QA',
    items: [
      { text: 'Tests of your application', link: '/testing' },
      { text: 'Overrides', link: '/overrides' },
      { text: 'The panel', link: '/devtools' },
      { text: 'The local server', link: '/local-server' },
      { text: 'Its pages in pictures', link: '/qa-pictures/README' },
    ],
  },
  {
    text: 'Run it',
    items: [
      { text: 'Integrations', link: '/integrations' },
      { text: 'Privacy', link: '/privacy' },
      { text: 'Security', link: '/security' },
      { text: 'Behind a proxy', link: '/proxy' },
      { text: 'Limits', link: '/limits' },
      { text: 'Moving from the official SDK', link: '/migrating' },
      { text: 'From 0.1.0 to 0.2.0', link: '/upgrading' },
    ],
  },
  {
    text: 'Look up',
    items: [
      { text: 'Playground', link: '/playground' },
      { text: 'Settings', link: '/settings' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Glossary', link: '/glossary' },
    ],
  },
  {
    text: 'Look inside',
    items: [
      { text: 'Architecture', link: '/architecture' },
      { text: 'Decisions', link: '/decisions/' },
      { text: 'Contribute', link: '/contributing' },
      { text: 'Benchmarks', link: '/benchmarks' },
    ],
  },
] satisfies DefaultTheme.SidebarItem[]

/** The address of a page's file. */
const linkOf = (page: string) => `/${page.replace(/(index)?\.md$/, '')}`

/** llms.txt: every guide by its address and title, in the order of the sidebar, for programs that read. */
function listForPrograms(pages: readonly string[]): string {
  const lineOf = (page: string) => {
    const [, title] = /^(?:# |title: )(.+)$/m.exec(readFileSync(join(guides, page), 'utf8')) ?? []
    return `- [${title ?? page}](${linkOf(page)})`
  }
  const groups = GUIDES.map(({ text, items }) => ({
    text,
    pages: items.flatMap(({ link }) => pages.find((page) => linkOf(page) === link) ?? []),
  }))
  groups.push(
    { text: 'Decisions', pages: pages.filter((page) => page.startsWith('decisions/0')) },
    // The entries of the package, and not each of their types.
    { text: 'Reference', pages: pages.filter((page) => /^reference\/.+\/index\.md$/.test(page)) },
  )
  const listed = new Set(groups.flatMap((group) => group.pages))
  const left = pages.filter((page) => !listed.has(page) && !page.startsWith('reference/'))
  groups.push({ text: 'Optional', pages: left })
  return [
    '# pennon',
    '> Feature flags in the browser: decisions are local and synchronous, every one has a label that says why.',
    ...groups.map((group) => `## ${group.text}\n\n${group.pages.map(lineOf).join('\n')}`),
  ].join('\n\n')
}

/** On a phone a row of a table is a card. Where it has more than a name and a text, each cell begins with the name of its column. */
function nameCells({ core }: MarkdownRenderer): void {
  core.ruler.push('name cells', ({ tokens }) => {
    let heads: string[] = []
    let column = 0
    tokens.forEach(({ type }, index) => {
      const text = tokens[index + 1]?.children?.map(({ content }) => content).join('') ?? ''
      if (type === 'table_open') heads = []
      else if (type === 'tr_open') column = 0
      else if (type === 'th_open') heads.push(text)
      else if (type === 'td_open') {
        const head = heads[column++]
        if (head && heads.length > 2 && column > 1) tokens[index]?.attrSet('data-label', head)
      }
    })
  })
}

export default defineConfig({
  title: 'pennon',
  description:
    'Feature flags in the browser: instant local decisions, every one explained, every impression delivered.',
  lang: 'en',
  // Browsers ask for an icon that is not there.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // Made by `npm run docs`: the guides, README, and what the declarations say.
  srcDir: 'pages',
  cleanUrls: true,
  markdown: { config: nameCells },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/readme', activeMatch: '^/(?!playground|reference)' },
      { text: 'Playground', link: '/playground' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: GUIDES,
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // A guide tells more of a word than the places that only use it.
            boostDocument: (page: string) => (/^\/(reference|decisions|benchmarks|contributing)/.test(page) ? 0.5 : 1),
          },
        },
      },
    },
    outline: [2, 3],
  },
  vite: {
    // The index of the search holds the words of every page, and is loaded with the first search.
    build: { chunkSizeWarningLimit: 2000 },
    resolve: { alias: { 'pennon/full': built('full.js') } },
  },
  transformPageData({ relativePath, frontmatter }) {
    // A page that is not in the sidebar has no neighbours, and would get the first guide as its next one.
    const isListed = GUIDES.some(({ items }) => items.some(({ link }) => link === linkOf(relativePath)))
    return isListed ? undefined : { frontmatter: { ...frontmatter, prev: false, next: false } }
  },
  buildEnd({ outDir, pages }) {
    writeFileSync(join(outDir, 'llms.txt'), `${listForPrograms(pages)}\n`)
  },
})
