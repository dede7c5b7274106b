import { now } from '../browser/clock'
import { stringify } from '../shared/json'
import { ago } from './ago'
import { element } from './element'
import { facts } from './facts'
import type { Client } from '../client/types/client'
import type { Status } from '../client/types/events'
import type { RefusedResource } from '../shared/types'
import type { View } from './view'

const SOURCES: Record<Status['source'], string> = {
  none: 'none yet',
  bootstrap: 'brought along by the page (bootstrap)',
  cache: 'the cache of this browser',
  network: 'the service',
  local: 'given in code (localFlags)',
}
const UPDATES: Record<Status['updates'], string> = {
  streaming: 'by streaming, as they happen',
  polling: 'by polling',
  none: 'not at all',
}
const STORAGE: Record<Status['storage'], string> = {
  all: 'definitions, and what waits for delivery',
  definitions: 'definitions only',
  none: 'nothing',
  failed: 'it failed: pennon goes on from memory',
}
const CONSENT = {
  granted: 'granted: impressions and events are sent',
  unknown: 'not known yet: impressions and events wait in memory',
  declined: 'declined: impressions and events are dropped',
}
const PURPOSES: Record<string, string> = {
  sdk: 'definitions',
  auth: 'streaming tokens',
  events: 'impressions and events',
  telemetry: 'unique keys',
}

function wordsOf({ resource, status: answer, nextAttempt }: RefusedResource): string {
  const wait = nextAttempt - now()
  return `${resource === 'auth' ? 'streaming' : resource} (status ${answer}), ${wait > 0 ? `again in ${ago(wait)}` : 'now again'}`
}

/** The view of the client's status. */
export function createStatusView(client: Client): View {
  const node = element('div', { class: 'stack padded status' })
  let stamp = ''

  return {
    name: 'Status',
    node,
    refresh() {
      const status = client.status()
      const { key, ready, readyFromCache, timedOut, destroyed, source, age, stale, dropped, blocked, refused } = status
      const [word, tone] = destroyed
        ? ['destroyed', 'bad']
        : ready
          ? ['ready', 'good']
          : readyFromCache
            ? ['from the cache: the service has not confirmed it yet', 'plain']
            : ['not ready', 'bad']
      const rows = [
        ['Client', word + (timedOut && !ready ? ', and it took too long' : ''), tone],
        ['Key', key ?? 'refused: it is not allowed', key === undefined ? 'bad' : ''],
        ['Definitions', SOURCES[source], source === 'none' ? 'bad' : ''],
        ['Flags', String(client.flags.names().length), ''],
        [
          'Confirmed',
          age === undefined
            ? 'never'
            : `${ago(age)} ago${stale ? '; the service was not heard of for three polls: stale' : ''}`,
          stale ? 'bad' : '',
        ],
        ['Changes arrive', UPDATES[status.updates], status.updates === 'streaming' ? 'good' : ''],
        ['On disk', STORAGE[status.storage], status.storage === 'failed' ? 'bad' : ''],
        ['Consent', CONSENT[client.consent.get()], client.consent.get() === 'declined' ? 'bad' : ''],
        [
          'Lost to limits',
          dropped ? `${dropped} impressions, counts, keys and events` : 'nothing',
          dropped ? 'bad' : '',
        ],
        [
          'Blocked',
          blocked.length
            ? `requests for ${blocked.map((purpose) => PURPOSES[purpose] ?? purpose).join(', ')} get no answer on this page`
            : 'nothing',
          blocked.length ? 'bad' : '',
        ],
        ['Refused', refused.map(wordsOf).join('; ') || 'nothing', refused.length ? 'bad' : ''],
      ] as const
      const next = stringify(rows)
      if (next === stamp) return
      stamp = next
      node.replaceChildren(
        facts(rows.map(([name, text, how]) => [name, element('span', { class: `state ${how}` }, text)] as const)),
      )
    },
  }
}
