import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { SDK_VERSION } from '../shared/version'
import { CliError } from './CliError'

/** Proxies that are older than rule-based segments refuse the first query, and know the second. */
const QUERIES = ['s=1.3&since=-1&rbSince=-1', 's=1.2&since=-1']

/** The place that definitions come from: a file, `-` for standard input, or the service. */
export type Source =
  | { readonly file: string }
  | { readonly sdkKey: string; readonly sdkUrl: string; readonly timeoutMs: number }

/**
 * The definitions of all flags that are in use, each as it came.
 *
 * @throws CliError when they cannot be read or fetched, or are no `splitChanges` answer
 */
export async function readDefinitions(source: Source): Promise<unknown[]> {
  const from = 'file' in source ? source.file : source.sdkUrl
  const answer = parse(await ('file' in source ? readText(source.file) : fetchText(source)), from)
  const { ff, splits } = (answer ?? {}) as { ff?: { d?: unknown } | null; splits?: unknown }
  // An environment without flags may answer null in place of a list.
  const flags = ff?.d === null ? [] : (ff?.d ?? splits)
  if (!Array.isArray(flags)) {
    throw new CliError(`${from}: no flag definitions; expected { "ff": { "d": [ … ] } }, as splitChanges answers`)
  }
  return flags.filter((flag) => (flag as { status?: unknown } | null)?.status !== 'ARCHIVED') as unknown[]
}

async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}

async function fetchText({ sdkKey, sdkUrl, timeoutMs }: Exclude<Source, { file: string }>): Promise<string> {
  const headers = {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    Authorization: `Bearer ${sdkKey}`,
    SplitSDKVersion: SDK_VERSION,
  }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    let status = 0
    for (const query of QUERIES) {
      const response = await fetch(`${sdkUrl}/splitChanges?${query}`, { headers, signal })
      if (response.ok) return await response.text()
      status = response.status
      if (status !== 400) break
    }
    throw new CliError(`${sdkUrl} answered ${status}${isRefused(status) ? ': is the SDK key right?' : ''}`)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(`${sdkUrl}: ${signal.aborted ? `no answer within ${timeoutMs / 1000} s` : causeOf(error)}`)
  }
}

function isRefused(status: number): boolean {
  return status === 401 || status === 403
}

/** The reason why a fetch failed. The error itself only says that it did; the reason is in its cause. */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string }
  return `cannot be reached (${cause?.code ?? cause?.message ?? message})`
}

function parse(json: string, from: string): unknown {
  try {
    // Some editors put a byte order mark in front.
    return JSON.parse(json.replace(/^\uFEFF/, ''))
  } catch {
    throw new CliError(`${from}: not JSON`)
  }
}
