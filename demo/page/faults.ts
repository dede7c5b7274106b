import type { Fault } from '../server/types'

interface PageFault {
  title: string
  says: string
}

/**
 * Faults of the page, played before the SDK starts, by the name that stands in a link: `/?fault=offline&fault=impressions:broken`. Page
 * and server share these tables.
 */
export const pageFaults: Record<string, PageFault> = {
  offline: {
    title: 'Offline',
    says: 'The page has no network. Answers come from the cache; impressions wait on disk.',
  },
  'telemetry-blocked': {
    title: 'Telemetry blocked',
    says: 'As an ad blocker does it: flags arrive, impressions do not. They are kept, and the status names what is blocked.',
  },
  'beacon-refused': {
    title: 'Beacon refused',
    says: 'sendBeacon says no. What waits when the page is left stays on disk and goes with the next page.',
  },
  'storage-blocked': {
    title: 'Storage blocked',
    says: 'IndexedDB throws when it is touched, as in some private windows. Everything works, but for the cache.',
  },
  'storage-hangs': {
    title: 'Storage hangs',
    says: 'IndexedDB never answers. The page is ready all the same.',
  },
  'quota-full': {
    title: 'Disk full',
    says: 'Every write to IndexedDB fails for lack of space. Delivery goes on from memory.',
  },
  crash: {
    title: 'Crash at leaving',
    says: '“Leave this page” ends the page without page hide, as a crash does. What was on disk goes with the next page.',
  },
}

/** The paths of each endpoint, below the API's base. */
export const endpoints: Record<string, string[]> = {
  definitions: ['/splitChanges'],
  memberships: ['/memberships'],
  auth: ['/v2/auth'],
  streaming: ['/sse'],
  impressions: ['/testImpressions/bulk', '/testImpressions/beacon'],
  counts: ['/testImpressions/count'],
  'unique-keys': ['/v1/keys/cs'],
  events: ['/events'],
}

/** What an endpoint does instead of answering. */
export const answers: Record<string, Fault> = {
  slow: { delayMs: 3_000 },
  busy: { status: 429, headers: { 'retry-after': '10' }, body: { message: 'too many requests' } },
  broken: { status: 500, body: { message: 'something broke' } },
  hang: { hang: true },
}

export function isFault(name: string) {
  const [endpoint = '', answer = ''] = name.split(':')
  return Object.hasOwn(pageFaults, name) || (Object.hasOwn(endpoints, endpoint) && Object.hasOwn(answers, answer))
}
