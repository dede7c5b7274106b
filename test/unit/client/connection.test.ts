import { describe, expect, it } from 'vitest'
import { createConnection } from '../../../src/client/connection'

const NOW = 1_700_000_000_000

/** The status of a page, by how long ago the definitions were confirmed and the service was heard of, ms. */
function statusOf(confirmedMs: number | undefined, contactMs?: number) {
  const before = (ms: number | undefined) => (ms === undefined ? undefined : NOW - ms)
  return createConnection({
    settings: { definitionsRefreshMs: 60_000, persistence: 'all' },
    isOnce: false,
    isLocal: false,
    databases: { hasFailed: false },
    definitions: { confirmedAt: () => before(confirmedMs) },
    inUse: { source: () => 'network' },
    impressions: { tray: { dropped: () => 0 } },
    secondFile: {
      late: contactMs === undefined ? undefined : { status: () => ({ contactAt: before(contactMs) }) },
    },
    consent: { onChange: () => undefined },
    clock: { now: () => NOW },
  } as never).status()
}

describe('the status of a page', () => {
  it.each([
    ['never heard of the service', undefined, undefined, false],
    ['has a cache of three periods ago', 180_000, undefined, false],
    ['has an older cache, and no second file yet', 180_001, undefined, true],
    ['hears the service, where nothing changed for days', 200_000_000, 0, false],
    ['heard it three periods ago', 200_000_000, 180_000, false],
    ['heard it longer ago', 200_000_000, 180_001, true],
  ])('that %s', (_, confirmedMs, contactMs, isStale) => {
    expect(statusOf(confirmedMs, contactMs)).toMatchObject({ age: confirmedMs, stale: isStale })
  })
})
