import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { EditError } from './EditError'

/**
 * Keeps edited definitions in their file: whole or not at all, whatever happens in the middle.
 *
 * @returns throws an `EditError` when the file cannot be written
 */
export function createDefinitionsFile(file: string): (document: object) => void {
  return (document) => {
    const beside = `${file}.${process.pid}.tmp`
    try {
      const handle = openSync(beside, 'w')
      try {
        writeSync(handle, `${JSON.stringify(document, undefined, 2)}\n`)
        fsyncSync(handle)
      } finally {
        closeSync(handle)
      }
      renameSync(beside, file)
    } catch (error) {
      throw new EditError(`${file} cannot be written: ${(error as Error).message}`)
    }
  }
}
