export interface Endpoint {
  /** The address of posts by fetch. */
  url: string
  /** The address of beacons, which the service takes at addresses of their own. */
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

/** The service takes the beacons of these paths beside `bulk`, and those of any other path below it. */
const BULK = /^(\/testImpressions|\/events)\/bulk$/

interface EndpointsParts {
  urls: { sdk: string; auth: string; streaming: string; events: string; telemetry: string }
  paths: Record<
    'definitions' | 'memberships' | 'auth' | 'streaming' | 'impressions' | 'counts' | 'uniqueKeys' | 'events',
    string
  >
}

export function createEndpoints({ urls, paths }: EndpointsParts): Endpoints {
  const sink = (base: string, path: string): Endpoint => ({
    url: base + path,
    beaconUrl: `${base + path.replace(BULK, '$1')}/beacon`,
  })
  return {
    definitions: urls.sdk + paths.definitions,
    memberships: urls.sdk + paths.memberships,
    auth: urls.auth + paths.auth,
    streaming: urls.streaming + paths.streaming,
    impressions: sink(urls.events, paths.impressions),
    counts: sink(urls.events, paths.counts),
    uniqueKeys: sink(urls.telemetry, paths.uniqueKeys),
    events: sink(urls.events, paths.events),
  }
}
