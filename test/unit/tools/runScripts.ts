// Runs scripts one after the other in this process, each as if it were the process's own, and tells the parent what came of them.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface CommandLine {
  readonly file: string
  readonly args: readonly string[]
}

export interface Outcome {
  readonly status: number
  readonly out: string
  readonly complaints: string
}

class Ended extends Error {
  constructor(readonly status: number) {
    super('the script has ended the process')
  }
}

process.exit = (status = process.exitCode) => {
  throw new Ended(Number(status ?? 0))
}

process.once('message', (lines: CommandLine[]) => void runAll(lines))

async function runAll(lines: readonly CommandLine[]): Promise<void> {
  const outcomes: Outcome[] = []
  for (const line of lines) outcomes.push(await run(line, outcomes.length))
  process.send?.(outcomes)
}

async function run({ file, args }: CommandLine, number: number): Promise<Outcome> {
  const path = resolve(file)
  process.argv = [process.execPath, path, ...args]
  process.exitCode = 0
  const written = { out: '', complaints: '' }
  process.stdout.write = (text) => Boolean((written.out += String(text)))
  process.stderr.write = (text) => Boolean((written.complaints += String(text)))
  try {
    // The query makes a module anew of a file that another script has imported.
    await import(`${pathToFileURL(path).href}?${number}`)
    return { status: Number(process.exitCode), ...written }
  } catch (error) {
    if (error instanceof Ended) return { status: error.status, ...written }
    return { status: -1, out: written.out, complaints: `${written.complaints}${String(error)}` }
  }
}
