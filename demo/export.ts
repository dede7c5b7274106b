// Exports impressions from a database file, or from a server that runs: `npm run demo:export -- --help`.
import { runExport } from './runExport'
import { StartError } from './server/StartError'

// A reader such as `head` closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  await runExport(process.argv.slice(2), { rows: process.stdout, notes: process.stderr })
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
