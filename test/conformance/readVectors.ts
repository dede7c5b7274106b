import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Rows of `vectors/<name>.jsonl.gz`: JSON lines, produced by running the official implementation. */
export function readVectors<Row>(name: string): Row[] {
  const text = gunzipSync(readFileSync(new URL(`vectors/${name}.jsonl.gz`, import.meta.url))).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}
