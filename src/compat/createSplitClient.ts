import type { Client, TrackOptions } from '../client/types/client'
import type { SdkStatus } from './createStatus'
import type { SplitIO } from './types'

/** With what the official client has beside its typed members, for tools that are built on it. */
export interface SplitClient extends SplitIO.IBrowserClient {
  flush(): Promise<void>
  readonly isClientSide: true
  readonly key: SplitIO.SplitKey
}

interface SplitClientParts {
  client: Client
  status: SdkStatus
  /** Hears of what `track` took. */
  onEvent: (event: SplitIO.EventData) => void
  onDestroy: () => void
}

/** The official face of one client. */
export function createSplitClient({ client, status, onEvent, onDestroy }: SplitClientParts): SplitClient {
  const { matchingKey, bucketingKey } = client.key as NonNullable<Client['key']>

  return {
    // Treatments, attributes and flush are the same; what has another meaning is replaced.
    ...client,
    ...status.members,
    track(trafficType: string, eventType: string, value?: number, properties?: SplitIO.Properties) {
      const isTracked = client.track(eventType, { trafficType, value, properties } as TrackOptions)
      if (isTracked) {
        onEvent({
          eventTypeId: eventType,
          trafficTypeName: trafficType.toLowerCase(),
          value,
          timestamp: Date.now(),
          key: matchingKey,
          properties: properties ?? null,
        } as SplitIO.EventData)
      }
      return isTracked
    },
    clearAttributes() {
      client.clearAttributes()
      return true
    },
    isClientSide: true,
    key: bucketingKey === undefined ? matchingKey : { matchingKey, bucketingKey },
    destroy() {
      onDestroy()
      const done = client.destroy()
      status.touch()
      return done
    },
  } as unknown as SplitClient
}
