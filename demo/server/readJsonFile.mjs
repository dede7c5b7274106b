// @ts-check
import { readFileSync } from 'node:fs'
import { StartError } from './StartError.mjs'

/**
 * @param {string} option the command-line option that names the file, for the message
 * @param {string} file
 * @returns {unknown}
 */
export function readJsonFile(option, file) {
  /** @type {string} */
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    const reason =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a directory' : `cannot be read (${code})`
    throw new StartError(`${option} ${file}: ${reason}`)
  }
  try {
    // Editors on Windows put a byte order mark first, which is no JSON.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // V8 quotes the text in its message, line breaks included.
    throw new StartError(`${option} ${file}: not JSON: ${/** @type {Error} */ (error).message.replace(/\s+/g, ' ')}`)
  }
}
