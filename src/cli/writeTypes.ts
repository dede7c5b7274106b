import { readFile, writeFile } from 'node:fs/promises'
import { arrayOf } from '../shared/arrayOf'
import { CliError } from './CliError'
import { printFlags } from './printFlags'
import { readDefinitions } from './readDefinitions'
import type { TypesOptions } from './commandLine'

/**
 * Runs `pennon types`.
 *
 * @throws CliError when the definitions cannot be read or fetched, the file cannot be written, or it is not up to date
 */
export async function writeTypes({ source, flagSets, interfaceName, out, isCheck }: TypesOptions): Promise<void> {
  const all = await readDefinitions(source)
  const flags = flagSets ? all.filter((flag) => isInSets(flag, flagSets)) : all
  const text = printFlags(flags, interfaceName, (message) => process.stderr.write(`pennon: ${message}\n`))
  if (!flags.length) process.stderr.write('pennon: there are no flags\n')
  if (out === undefined) return void process.stdout.write(text)
  if (isCheck) {
    const written = await readFile(out, 'utf8').catch(() => '')
    // A checkout on Windows may have changed the ends of the lines.
    if (written.replaceAll('\r\n', '\n') !== text) throw new CliError(`${out} is not up to date`)
    return
  }
  try {
    await writeFile(out, text)
  } catch (error) {
    throw new CliError(`${out}: cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}

function isInSets(flag: unknown, flagSets: readonly string[]): boolean {
  return arrayOf((flag as { sets?: unknown } | null)?.sets).some((set) => flagSets.includes(set as string))
}
