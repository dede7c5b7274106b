// npm run demo: builds what is older than its sources, starts the server and opens the page.
import { startDemo } from './startDemo'
import { StartError } from './StartError'

try {
  const server = await startDemo(process.argv.slice(2), {
    say: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
  })
  let isClosing = false
  for (const signal of server ? ['SIGINT', 'SIGTERM'] : []) {
    process.on(signal, () => {
      // A second signal does not wait.
      if (isClosing) process.exit(1)
      isClosing = true
      void server?.close()
    })
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
