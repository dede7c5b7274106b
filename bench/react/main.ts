// npm run bench:react: what one change of a flag draws again on a page of many components, with pennon/react, the official
// React SDK and OpenFeature's on two providers. Prints drawings, and exits with 1 when pennon/react draws anything but the users of the flag.
import { fileURLToPath } from 'node:url'
import { createDemoServer } from '../../demo/server/createServer'
import { bundleContenders } from '../bundleContenders'
import { flag } from '../flag'
import { launchChromium } from '../launchChromium'
import { readOptions } from '../../test/tools/readOptions'
import type * as Contenders from './contenders'

declare const contenders: typeof Contenders

const COMPONENTS = 200
const FLAGS = 20
const NAMES: Contenders.Name[] = [
  'pennon/react',
  '@splitsoftware/splitio-react',
  '@openfeature/react-sdk on pennon/openfeature',
  '@openfeature/react-sdk on GrowthBook',
]

readOptions('usage: npm run bench:react', {})

const dist = (name: string) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url))
const root = (name: string) => fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url))
const [bundle] = await bundleContenders({
  entryPoints: [fileURLToPath(new URL('contenders.ts', import.meta.url))],
  format: 'iife',
  globalName: 'contenders',
  // All contenders share one React and one OpenFeature.
  alias: {
    'pennon/react': dist('react'),
    'pennon/openfeature': dist('openfeature'),
    pennon: dist('index'),
    react: root('react'),
    'react-dom': root('react-dom'),
    '@openfeature/web-sdk': root('@openfeature/web-sdk'),
  },
  define: { 'process.env.NODE_ENV': '"production"' },
})

const definitions = { ff: { s: -1, t: 1, d: Array.from({ length: FLAGS }, (_, n) => flag(`flag_${n}`)) } }

const browser = await launchChromium()
try {
  console.log(
    `${COMPONENTS} components on ${FLAGS} flags; the change of one flag concerns ${COMPONENTS / FLAGS} of them\n`,
  )
  for (const name of NAMES) {
    const server = await createDemoServer({ definitions })
    const run = { apiUrl: server.apiUrl, flags: FLAGS, components: COMPONENTS }
    server.serve('/bench.html', '<!doctype html><title>bench</title><body>')
    const page = await browser.newPage()
    await page.goto(new URL('/bench.html', server.pageUrl).href)
    await page.addScriptTag({ content: bundle?.text ?? '' })
    const first = await page.evaluate((of, given) => contenders.start(of, given), name, run)
    if (!name.endsWith('GrowthBook')) {
      await server.streaming.connected()
      server.kill('flag_0')
    }
    const again = await page.evaluate((given, before) => contenders.changed(given, before), run, first)
    console.log(
      `${name.padEnd(46)} ${String(first).padStart(5)} drawn until ready, ${String(again).padStart(4)} after the change`,
    )
    if (name === 'pennon/react' && again !== COMPONENTS / FLAGS) process.exitCode = 1
    await page.close()
    await server.close()
  }
} finally {
  await browser.close()
}
