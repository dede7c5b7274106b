import type { Client, TrackOptions } from '../client/types'
import type { SdkStatus } from './createStatus'
import type { EventData, IBrowserClient, SplitKey } from './types'

/** With what the official client has beside its typed members, for tools that are built on it. */
export interface SplitClient extends IBrowserClient {
  flush(): Promise<void>
  readonly isClientSide: true
  readonly key: SplitKey
}

interface SplitClientParts {
  client: Client
  status: SdkStatus
  /** Hears of what `track` took. */
  onEvent: (event: EventData) => void
  onDestroy: () => void
}

/** The official face of one client. */
export function createSplitClient({ client, status, onEvent, onDestroy }: SplitClientParts): SplitClient {
  const { matchingKey, bucketingKey } = client.key as NonNullable<Client['key']>
  const { getTreatment, getTreatmentWithConfig, getTreatments, getTreatmentsWithConfig } = client
  const { getTreatmentsByFlagSet, getTreatmentsWithConfigByFlagSet } = client
  const { getTreatmentsByFlagSets, getTreatmentsWithConfigByFlagSets } = client
  const { setAttribute, setAttributes, getAttribute, getAttributes, removeAttribute, flush } = client

  return {
    ...status.members,
    getTreatment,
    getTreatmentWithConfig,
    getTreatments,
    getTreatmentsWithConfig,
    getTreatmentsByFlagSet,
    getTreatmentsWithConfigByFlagSet,
    getTreatmentsByFlagSets,
    getTreatmentsWithConfigByFlagSets,
    track(trafficType, eventType, value, properties) {
      const isTracked = client.track(eventType, { trafficType, value, properties } as TrackOptions)
      if (isTracked) {
        onEvent({
          eventTypeId: eventType,
          trafficTypeName: trafficType.toLowerCase(),
          value,
          timestamp: Date.now(),
          key: matchingKey,
          properties,
        } as EventData)
      }
      return isTracked
    },
    setAttribute,
    setAttributes,
    getAttribute,
    getAttributes,
    removeAttribute,
    clearAttributes() {
      client.clearAttributes()
      return true
    },
    flush,
    isClientSide: true,
    key: bucketingKey === undefined ? matchingKey : { matchingKey, bucketingKey },
    destroy() {
      onDestroy()
      const done = client.destroy()
      status.touch()
      return done
    },
  } as SplitClient
}
