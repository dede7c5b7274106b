import { stringify } from '../shared/json'
import { selectExposure } from './shared/selectExposure'
import { send } from './shared/send'
import type { Integration, IntegrationContext, NamedOutbox } from '../late/types'
import type { Exposure, IntegrationOptions } from './shared/types'

export type { Exposure, IntegrationOptions } from './shared/types'

/** An object that is to be uploaded. */
export interface Upload {
  /**
   * The key of the object: `<prefix><year>/<month>/<day>/<batch id>.ndjson`, in UTC, with `.gz` behind it where it is
   * compressed.
   */
  key: string
  /** `application/x-ndjson` or `application/gzip`; sent with the upload. */
  contentType: string
  /** The size of its body, bytes. */
  size: number
  /** Aborts when nobody waits for the upload any more. */
  signal: AbortSignal
}

/** Options of `amazonS3`. */
export interface AmazonS3Options extends IntegrationOptions {
  /**
   * Asks your backend for a presigned URL of a PUT of this object. Your backend decides whether, and where: the page has no
   * credential. What it throws or rejects with is tried again later. The URL must have the address of the bucket's own region,
   * `<bucket>.s3.<region>.amazonaws.com`: S3 redirects from others, of new buckets above all, and no redirect is followed.
   */
  getUploadUrl: (upload: Upload) => string | Promise<string>
  /** The text that every key begins with. @default 'impressions/' */
  prefix?: string
  /** A name that tells several buckets of a client apart. @default 'amazonS3' */
  name?: string
  /** Pause between two uploads, ms, at least 1,000. @default 60_000 */
  flushMs?: number
}

const FLUSH_MS = 60_000

/**
 * Uploads impressions to a bucket of Amazon S3, or of anything that speaks its protocol: batches of JSON lines, compressed
 * where the browser can. They wait in the client's outbox: on disk, tried again after a fault. At page hide everything stays
 * for the next page, because there is no time to ask for a URL. A repeated attempt writes the same object.
 *
 * @throws TypeError when `getUploadUrl` is no function
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html
 * @example
 * createClient({ sdkKey, key, integrations: [amazonS3({ getUploadUrl: ({ key }) => askMyBackend(key), includeKey: true })] })
 */
export function amazonS3(options: AmazonS3Options): Integration {
  const { getUploadUrl, prefix = 'impressions/', name = 'amazonS3', flushMs = FLUSH_MS } = options
  let context: IntegrationContext
  let outbox: NamedOutbox<Exposure>

  if (typeof getUploadUrl !== 'function') throw TypeError(`${name}.getUploadUrl: no function`)
  return {
    name,
    start(given) {
      context = given
      outbox = context.outbox(name)
      outbox.deliver({
        flushMs,
        async post(exposures, { id, signal }) {
          const lines = new Blob([exposures.map((exposure) => stringify(exposure) + '\n').join('')])
          const isGzip = typeof CompressionStream === 'function'
          const body = isGzip ? await gzip(lines) : lines
          const contentType = isGzip ? 'application/gzip' : 'application/x-ndjson'
          const time = new Date(exposures[0]?.time ?? 0)
          // A time that was found damaged in the browser's storage has no day.
          const day = (Number.isNaN(+time) ? new Date(0) : time).toISOString().slice(0, 10).replaceAll('-', '/')
          const key = `${prefix}${day}/${id}.ndjson${isGzip ? '.gz' : ''}`
          const url = await getUploadUrl({ key, contentType, size: body.size, signal })
          const answer = await send(url, { method: 'PUT', body, headers: { 'Content-Type': contentType }, signal })
          // The URL has expired, or the backend's rights have: another URL may work.
          if (answer.status === 403) throw Error('forbidden')
          return answer
        },
      })
    },
    impression(impression) {
      const exposure = selectExposure(impression, context.labelsEnabled, options)
      if (exposure) outbox.add(exposure)
    },
    stop() {},
  }
}

function gzip(blob: Blob): Promise<Blob> {
  return new Response(blob.stream().pipeThrough(new CompressionStream('gzip'))).blob()
}
