/** One event, in the members of the wire format and as it waits in the outbox (FME: track). */
export interface EventItem {
  eventTypeId: string
  trafficTypeName: string
  value?: number | null
  /** The time of the event, epoch ms. */
  timestamp: number
  /** The matching key. */
  key: string
  properties: Readonly<Record<string, string | number | boolean | null>> | null
}
