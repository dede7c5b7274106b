#!/usr/bin/env node
import { SDK_VERSION } from '../shared/version'
import { CliError } from './CliError'
import { HELP, parseCommandLine } from './commandLine'
import { writeTypes } from './writeTypes'

// The reader of the output may have closed it, as in `pennon types … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  const command = parseCommandLine(process.argv.slice(2), process.env)
  if (command.name === 'types') await writeTypes(command)
  else process.stdout.write(command.name === 'help' ? HELP : `${SDK_VERSION.replace('pennon-', '')}\n`)
} catch (error) {
  if (!(error instanceof CliError)) throw error
  process.stderr.write(`pennon: ${error.message}\n`)
  process.exitCode = error.exitCode
}
