import type { ResolvedSettings } from './settings'

export interface Endpoint {
  /** By fetch. */
  url: string
  beaconUrl: string
}

/** Every address that the client speaks to. */
export interface Endpoints {
  definitions: string
  memberships: string
  auth: string
  streaming: string
  impressions: Endpoint
  counts: Endpoint
  uniqueKeys: Endpoint
  events: Endpoint
}

export function createEndpoints({ urls, paths, customPaths }: ResolvedSettings): Endpoints {
  const sink = (base: string, name: 'impressions' | 'counts' | 'uniqueKeys' | 'events'): Endpoint => {
    const url = base + paths[name]
    // A path of the site's own has its beacons below it; the service has those of `…/bulk` beside it.
    return { url, beaconUrl: `${customPaths.has(name) ? url : url.replace(/\/bulk$/, '')}/beacon` }
  }
  return {
    definitions: urls.sdk + paths.definitions,
    memberships: urls.sdk + paths.memberships,
    auth: urls.auth + paths.auth,
    streaming: urls.streaming + paths.streaming,
    impressions: sink(urls.events, 'impressions'),
    counts: sink(urls.events, 'counts'),
    uniqueKeys: sink(urls.telemetry, 'uniqueKeys'),
    events: sink(urls.events, 'events'),
  }
}
