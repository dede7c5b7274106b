import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { breachesOfFloorPlan, mistakesInDoors } from './floorPlan'

const files = new Map(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(join('src', path), 'utf8')]),
)

const map = readFileSync('docs/architecture.md', 'utf8')

describe('the floor plan', () => {
  it('holds for every file of src', () => {
    expect(files.size).toBeGreaterThan(20)
    expect(breachesOfFloorPlan(files)).toEqual([])
    expect(mistakesInDoors(files, map)).toEqual([])
  })

  it.each([
    ['an upward import', 'late/planted.ts', `import { x } from '../client/settings'`],
    ['an upward import of a type', 'shared/planted.ts', `import type { X } from '../client/types'`],
    ['an upward type in an expression', 'browser/planted.ts', `export type X = import('../late/types').Consent`],
    [
      'an upward lazy import',
      'evaluation/planted.ts',
      `export const x = () => import('../definitions/definitionsCache')`,
    ],
    ['an upward re-export', 'impressions/planted.ts', `export * from '../client/types'`],
    ['a neighbour on the same floor', 'impressions/planted.ts', `import { x } from '../definitions/definitionsCache'`],
    ['a browser in evaluation', 'evaluation/planted.ts', `import { x } from '../browser/clock'`],
    ['the front door', 'client/planted.ts', `import { createClient } from '../index'`],
    ['a package in the wrong room', 'client/planted.ts', `import ky from 'ky'`],
    ['a package nobody knows', 'browser/planted.ts', `import x from 'left-pad'`],
    ['Node in the browser', 'client/planted.ts', `import { readFileSync } from 'node:fs'`],
    ['window outside browser', 'client/planted.ts', `export const x = () => window.location`],
    ['indexedDB outside browser', 'definitions/planted.ts', `export const x = () => indexedDB.open('x')`],
    ['fetch outside browser', 'late/planted.ts', `export const x = () => fetch('/')`],
    ['fetch of the global object', 'late/planted.ts', `export const x = () => globalThis.fetch('/')`],
    [
      'fetch under a name of its own',
      'late/planted.ts',
      `const fetch = globalThis.fetch\nexport const x = () => fetch('/')`,
    ],
    [
      'fetch taken out of the global object',
      'late/planted.ts',
      `const { fetch } = globalThis\nexport const x = () => fetch('/')`,
    ],
    [
      'fetch beside a parameter of that name',
      'late/planted.ts',
      `const y = (fetch: () => void) => fetch()\nexport const x = () => [y, fetch('/')]`,
    ],
    [
      'fetch after a type that has a parameter of that name',
      'late/planted.ts',
      `type Y = (fetch: string) => void\nexport const x: Y = () => fetch('/')`,
    ],
    [
      'fetch outside the block that has a variable of that name',
      'late/planted.ts',
      `export const x = () => {\n  for (const fetch of []) void fetch\n  fetch('/')\n}`,
    ],
    ['a range of keys outside browser', 'late/planted.ts', `export const x = () => IDBKeyRange.only('x')`],
    ['fetch handed on by its name', 'late/planted.ts', `export const x = { fetch }`],
    ['a timer outside browser', 'client/planted.ts', `export const x = () => setTimeout(() => {}, 1)`],
    ['the end of a timer outside browser', 'client/planted.ts', `export const x = (t: number) => clearTimeout(t)`],
    ['a repeated timer outside browser', 'late/planted.ts', `export const x = () => setInterval(() => {}, 1)`],
    ['an idle callback outside browser', 'late/planted.ts', `export const x = () => requestIdleCallback(() => {})`],
    ['the address outside browser', 'late/planted.ts', `export const x = () => location.href`],
    ['a listener of the page outside browser', 'client/planted.ts', `addEventListener('online', () => {})`],
    ['a way past the door of late', 'client/planted.ts', `import { backoff } from '../late/backoff'`],
    ['a type from behind the door of late', 'client/planted.ts', `import type { Http } from '../late/http'`],
    ['the door of late from elsewhere', 'testing/planted.ts', `import { startLate } from '../late/late'`],
    ['a late import of the door from elsewhere', 'client/planted.ts', `export const x = () => import('../late/late')`],
    ['the second file in the first', 'client/createClient.ts', `import { startLate } from '../late/late'`],
    ['a way past the door of definitions', 'client/planted.ts', `import { createKeys } from '../definitions/keys'`],
    ['a type from behind a door', 'late/planted.ts', `import type { Keys } from '../definitions/keys'`],
    ['a type of a member from behind a door', 'late/planted.ts', `export type X = import('../impressions/tray').Tray`],
    ['a way past the door of a room in a room', 'late/planted.ts', `import { createPost } from './delivery/post'`],
    ['a way past a door from a room beside', 'late/sync/planted.ts', `import { createLife } from '../delivery/life'`],
    ['a way past two doors', 'late/planted.ts', `import { hash64 } from './sync/stream/hash64'`],
    ['a lazy way past a door', 'late/planted.ts', `export const x = () => import('./sync/stream/createStream')`],
    ['a way past the door of the client', 'react/planted.ts', `import { createDecide } from '../client/decide'`],
    ['a room without a door', 'client/planted.ts', `import { hashKey } from '../hash/hashKey'`],
    ['a way past the door from the front', 'index.ts', `export { createHttp } from './late/http'`],
    ['a second sendBeacon', 'browser/planted.ts', `export const x = (n: Navigator) => n.sendBeacon('/')`],
  ])('notices %s', (_what, path, text) => {
    const breaches = breachesOfFloorPlan(new Map([[path, text]]))
    expect(breaches).toHaveLength(1)
    expect(breaches[0]).toContain(path)
  })

  it.each([
    [
      'a late import of the door by the client',
      'client/createClient.ts',
      `export const x = () => import('../late/late')`,
    ],
    ['the door in the full client', 'client/createFullClient.ts', `import { startLate } from '../late/late'`],
    ['a type of late', 'client/fine.ts', `import type { Late } from '../late/types'`],
    ['a type of a room in a room', 'devtools/fine.ts', `import type { Explanation } from '../late/explain/types'`],
    ['a second door', 'server/fine.ts', `import { createService } from '../definitions/service'`],
    ['the door of a room in a room', 'late/fine.ts', `import { createDelivery } from './delivery/delivery'`],
    ['a file of the room around', 'late/sync/fine.ts', `import type { Http } from '../http'`],
    [
      'a file of a folder without a door',
      'client/fine.ts',
      `import { createFallback } from './treatments/fallbackTreatment'`,
    ],
    ['a member that is called fetch', 'late/fine.ts', `export const x = (given: { fetch(): void }) => given.fetch()`],
    [
      'a parameter that is called fetch',
      'late/fine.ts',
      `export const x = (fetch: () => void) => {\n  if (x) return () => fetch()\n}`,
    ],
    [
      'a part of a parameter that is called fetch',
      'late/fine.ts',
      `export const x = ({ parts: { fetch } }: { parts: { fetch(): void } }) => fetch()`,
    ],
    ['a type of the browser', 'late/fine.ts', `export const x = (range: IDBKeyRange) => range.lower as EventSource`],
    [
      'a listener of a signal',
      'late/fine.ts',
      `export const x = (s: AbortSignal) => s.addEventListener('abort', () => {})`,
    ],
    ['fetch in the browser room', 'browser/fine.ts', `export const x = () => fetch('/')`],
  ])('lets pass %s', (_what, path, text) => {
    expect(breachesOfFloorPlan(new Map([[path, text]]))).toEqual([])
  })

  it('notices a door that nobody uses', () => {
    const without = new Map([...files].filter(([path]) => path !== 'server/loadBootstrap.ts'))
    expect(mistakesInDoors(without, map)).toEqual(['nobody enters by definitions/service'])
  })

  it('notices a door that the map of the code does not name', () => {
    const without = map.replaceAll('src/events/track.ts', '')
    expect(mistakesInDoors(files, without)).toEqual(['the map does not name events/track'])
  })

  it('notices files of one room that import each other, by types and by hand-overs', () => {
    const circle = new Map([
      ['evaluation/a.ts', `import type { B } from './b'`],
      ['evaluation/b.ts', `import { c } from './deep/c'`],
      ['evaluation/deep/c.ts', `import { a } from '../a'`],
      ['evaluation/d.ts', `import { a } from './a'`],
      ['evaluation/e.ts', `export const e = 1`],
    ])
    expect(breachesOfFloorPlan(circle)).toEqual([
      'evaluation/a.ts and evaluation/b.ts and evaluation/deep/c.ts import each other',
    ])
  })
})
