import { now } from '../browser/clock'
import type { Client, TrackOptions } from '../client/types/client'
import type { SdkStatus } from './createStatus'
import type { SplitIO } from './types'

/** A client with the members that the official one has beyond its types, for tools that are built on it. */
export interface SplitClient extends SplitIO.IBrowserClient {
  flush(): Promise<void>
  readonly isClientSide: true
  readonly key: SplitIO.SplitKey
}

/** The official face of one client, which stays the same when the factory begins another life. */
export interface SplitClientOfLives {
  readonly face: SplitClient
  readonly status: SdkStatus
  /** Begins a life: attributes stay bound, and what was tracked before the first one is recorded. */
  follow(client: Client): void
}

interface SplitClientParts {
  /** The client that answers before the first life. */
  client: Client
  status: SdkStatus
  /** Called for each event that `track` took. */
  onEvent: (event: SplitIO.EventData) => void
  onDestroy: () => void
}

export function createSplitClient({ client, status, onEvent, onDestroy }: SplitClientParts): SplitClientOfLives {
  const { matchingKey, bucketingKey } = client.key as NonNullable<Client['key']>
  /** The events that were tracked before the first life; undefined from then on. */
  let early: (() => void)[] | undefined = []

  // Methods for treatments, attributes and `flush` are the same; those with another meaning are replaced below.
  const methods = Object.entries(client).flatMap(([name, member]) =>
    typeof member === 'function'
      ? [
          [
            name,
            (...values: never[]) => (client[name as 'flush'] as (...values: never[]) => unknown)(...values),
          ] as const,
        ]
      : [],
  )
  const track = (trafficType: string, eventType: string, value?: number, properties?: SplitIO.Properties): boolean => {
    if (early) return !!early.push(() => track(trafficType, eventType, value, properties))
    const isTracked = client.track(eventType, { trafficType, value, properties } as TrackOptions)
    if (isTracked) {
      onEvent({
        eventTypeId: eventType,
        trafficTypeName: trafficType.toLowerCase(),
        value,
        timestamp: now(),
        key: matchingKey,
        properties: properties ?? null,
      } as SplitIO.EventData)
    }
    return isTracked
  }

  return {
    status,
    face: {
      ...Object.fromEntries(methods),
      ...status.members,
      track,
      // The official client takes numbers for names, too.
      setAttribute: (name: string, value: SplitIO.AttributeType) => client.setAttributes({ [name]: value }),
      clearAttributes() {
        client.clearAttributes()
        return true
      },
      isClientSide: true,
      key: bucketingKey ? client.key : matchingKey,
      destroy() {
        onDestroy()
        const done = client.destroy()
        status.touch()
        return done
      },
    } as unknown as SplitClient,
    follow(next) {
      next.setAttributes(client.getAttributes())
      client = next
      status.follow(next)
      const tracked = early ?? []
      early = undefined
      for (const trackNow of tracked) trackNow()
    },
  }
}
