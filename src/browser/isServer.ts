/** Whether this runs where there is neither a document nor a worker: a server that renders pages. */
export function isServer(): boolean {
  return typeof document === 'undefined' && !('WorkerGlobalScope' in globalThis)
}
