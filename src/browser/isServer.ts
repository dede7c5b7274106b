/**
 * Whether this runs where there is neither a document nor a browser's worker: on a server that renders pages. Cloudflare's runtime has
 * the global scope of a worker, but no `location`.
 */
export function isServer(): boolean {
  return typeof document === 'undefined' && (typeof location === 'undefined' || !('WorkerGlobalScope' in globalThis))
}
