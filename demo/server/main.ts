// npm run demo: builds what is older than its sources, starts the server and opens the page.
import { startDemo } from './startDemo'
import { StartError } from './StartError'

const starting = startDemo(process.argv.slice(2), {
  build: async () => (await import('../../test/tools/build')).buildIfOlder(),
  say: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
})
let isClosing = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    // A second signal ends the process at once.
    if (isClosing) process.exit(1)
    isClosing = true
    void starting.then((server) => server?.close())
  })
}

try {
  await starting
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
