import { existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const FOLDER = '/dev/shm'
/** The profiles of a run need half of it; in a container there are often 64 MB. */
const ROOM_BYTES = 2 * 1024 ** 3

/**
 * A folder for the browsers' profiles: in memory, where there is one with room. On a disk that others write to, a browser waits for
 * its files, up to 10 s beside an `npm ci`, and its IndexedDB answers as late.
 */
export function memoryFolder(): string {
  if (!existsSync(FOLDER)) return tmpdir()
  const { bavail, bsize } = statfsSync(FOLDER)
  return bavail * bsize > ROOM_BYTES ? FOLDER : tmpdir()
}
