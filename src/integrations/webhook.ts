import { now } from '../browser/clock'
import { arrayOf } from '../shared/arrayOf'
import { stringify } from '../shared/json'
import { selectExposure } from './shared/selectExposure'
import { send } from './shared/send'
import type { Integration, IntegrationContext, NamedOutbox } from '../late/types'
import type { Exposure, IntegrationOptions } from './shared/types'

export type { Exposure, IntegrationOptions } from './shared/types'

/** Options of `webhook`. */
export interface WebhookOptions extends IntegrationOptions {
  /**
   * The address that batches are posted to: an absolute http(s) URL. Another origin must allow this one to read its answers
   * (CORS). A redirect is not followed.
   */
  url: string
  /**
   * Signs batches. Everybody who opens the page can read it: a signature tells your pages from strangers who only found the
   * URL, and proves nothing of a user. Needs Web Crypto, so a secure page. @default none
   */
  secret?: string
  /** A name that tells several webhooks of a client apart. @default 'webhook' */
  name?: string
  /** Pause between two posts, ms, at least 1,000. @default 10_000 */
  flushMs?: number
}

/** The body of a post, as JSON of type `text/plain`. At page hide it is a list of batches where several wait. */
export interface WebhookBatch {
  /** A list of exposures, as JSON. */
  payload: string
  /** The time when the batch was made, epoch ms. */
  timestamp: number
  /** HMAC-SHA-256 of `<timestamp>.<payload>` with the secret, as 64 hexadecimal digits. Absent without a secret. */
  signature?: string
}

const FLUSH_MS = 10_000

/**
 * Posts impressions to a URL of yours, in batches. They wait in the client's outbox: on disk, tried again after a fault,
 * sent by a beacon at page hide. What could not be signed by then is sent by the next page.
 *
 * @throws TypeError when `url` is no http(s) URL, or `secret` no text
 * @see https://developer.mozilla.org/docs/Web/API/SubtleCrypto/sign
 * @example
 * createClient({ sdkKey, key, integrations: [webhook({ url: 'https://example.com/impressions', includeKey: true })] })
 */
export function webhook(options: WebhookOptions): Integration {
  const { url, secret, name = 'webhook', flushMs = FLUSH_MS } = options
  let context: IntegrationContext
  let outbox: NamedOutbox<WebhookBatch>
  let gathered: Exposure[] = []
  let key: Promise<CryptoKey> | undefined

  if (!/^https?:\/\/./.test(url)) throw TypeError(`${name}.url: no http(s) URL`)
  if (secret !== undefined && !secret) throw TypeError(`${name}.secret: no text`)

  const batchOf = (payload: string): WebhookBatch => ({ payload, timestamp: now() })
  const sign = async (batch: WebhookBatch): Promise<WebhookBatch> => {
    if (!key) return batch
    const text = new TextEncoder().encode(`${batch.timestamp}.${batch.payload}`)
    const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', await key, text))
    return { ...batch, signature: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('') }
  }
  /** Makes a batch of what was gathered. */
  const seal = async () => {
    const mine = gathered
    const { length } = mine
    if (!length) return
    const batch = await sign(batchOf(stringify(mine)))
    // While the batch was being signed, `drain` may have taken what was gathered.
    if (gathered !== mine) return
    gathered = mine.slice(length)
    outbox.add(batch)
    // Exposures that were recorded meanwhile get a batch of their own.
    await seal()
  }
  /** Takes what was gathered, without a signature. */
  const drain = (): WebhookBatch[] => {
    if (!gathered[0]) return []
    const payload = stringify(gathered)
    gathered = []
    return [batchOf(payload)]
  }

  return {
    name,
    start(given) {
      context = given
      if (secret) {
        const bytes = new TextEncoder().encode(secret)
        key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      }
      outbox = context.outbox(name)
      outbox.deliver({
        flushMs,
        beaconUrl: url,
        body: (batches) => (batches.length > 1 ? batches : batches[0]),
        isReady: ({ signature }) => !secret || !!signature,
        drain,
        async post(batches, { signal }) {
          const exposures = batches.flatMap(exposuresOf)
          // A post of nothing counts as too big, so that what cannot be read is tried alone, and dropped.
          if (!exposures[0]) return { status: 413 }
          // The batch gets the time and signature of this attempt, so that the receiver can refuse what is old.
          const payload = stringify(exposures)
          return send(url, { method: 'POST', body: stringify(await sign(batchOf(payload))), signal })
        },
      })
    },
    impression(impression) {
      const exposure = selectExposure(impression, context.labelsEnabled, options)
      if (!exposure) return
      outbox.dirty()
      if (gathered.push(exposure) === 1) queueMicrotask(() => void seal().catch(() => undefined))
    },
    stop() {
      for (const batch of drain()) outbox.add(batch)
    },
  }
}

/** The exposures of a batch; none where it was found damaged in the browser's storage. */
function exposuresOf(batch: WebhookBatch): Exposure[] {
  try {
    return arrayOf<Exposure>(JSON.parse(batch.payload)).filter((exposure) => Object(exposure) === exposure)
  } catch {
    return []
  }
}
