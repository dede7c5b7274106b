import { GrowthBook } from '@growthbook/growthbook'
import type { ContenderClient, StartOptions } from '../contender'

export function start({ pageUrl, key }: StartOptions): ContenderClient {
  const gb = new GrowthBook({
    apiHost: pageUrl.replace(/\/$/, ''),
    clientKey: 'bench',
    attributes: { id: key },
    trackingCallback: () => {},
  })
  // GrowthBook asks its cache, then the network, which has no answer here while the cache is being read.
  const isReady = gb.init().then(({ success }) => success)
  return {
    whenReadyFromCache: () => isReady,
    whenReady: () => isReady,
    ask: (flag) => gb.getFeatureValue(flag, 'control'),
  }
}

export const isStored = () => localStorage.getItem('gbFeaturesCache') !== null
