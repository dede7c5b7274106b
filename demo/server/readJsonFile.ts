import { readFileSync } from 'node:fs'
import { StartError } from './StartError'

/** @param option the command-line option that names the file, for the message */
export function readJsonFile(option: string, file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a directory' : `cannot be read (${code})`
    throw new StartError(`${option} ${file}: ${reason}`)
  }
  try {
    // Editors on Windows put a byte order mark in front, which is no JSON.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // V8 quotes the text in its message, line breaks included.
    throw new StartError(`${option} ${file}: not JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`)
  }
}
