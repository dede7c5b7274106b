import { createClient } from '../client/createFullClient'
import { readTreatment } from '../shared/readTreatment'
import { PennonSettingsError } from '../shared/errors'
import type { AnyFlags, FlagName, FlagTypes, TreatmentsByFlag } from '../client/types/flags'
import type { Client, TrackOptions } from '../client/types/client'
import type { Key, Settings } from '../client/types/settings'
import type { Impression } from '../impressions/types'

/** The settings of a test client, all of which may be left out. */
export interface TestSettings<Flags = AnyFlags> extends Pick<
  Settings<Flags>,
  'attributes' | 'trafficType' | 'fallbackTreatments' | 'consent' | 'logger' | 'logLevel'
> {
  /** Treatments to begin with; a flag that is not here is `control`. @default none */
  flags?: TreatmentsByFlag<Flags>
  /** The user. @default 'test-user' */
  key?: Key
}

/** An event that `track` took. */
export interface TrackedEvent extends TrackOptions {
  /** The name of the event. */
  event: string
  /** The key of the client that tracked it. */
  key: Key
}

/** The impressions and events that a test client recorded, of all keys, oldest first. */
export interface Recorded {
  /** An impression for every decision: nothing is deduplicated here, and nothing is sent (`dropped`). */
  readonly impressions: readonly Impression[]
  /** The events that `track` returned `true` for, as they were given. */
  readonly events: readonly TrackedEvent[]
  /** Forgets everything recorded so far. */
  clear(): void
}

/** A client for the tests of an application. Every key gets the treatments that the test set. */
export interface TestClient<Flags = AnyFlags> extends Client<Flags> {
  /**
   * Gives a flag a treatment; `undefined` takes the flag away. Emits `update` where that changed anything, before it returns.
   *
   * @throws PennonSettingsError for a treatment that is not valid
   */
  set<Name extends FlagName<Flags>>(flag: Name, treatment: TreatmentsByFlag<Flags>[Name] | undefined): void
  /** The impressions and events so far. */
  readonly recorded: Recorded
}

/**
 * Creates a client for a test: ready at once, without requests, timers, storage or listeners on the page, so that there is
 * nothing to wait for and nothing to clean up. It is pennon itself in local mode: all members do what they do elsewhere.
 *
 * @throws PennonSettingsError for a mistake in the settings
 * @example
 * const client = createTestClient({ flags: { checkout_v2: 'on' } })
 * client.getTreatment('checkout_v2') // 'on'
 * client.recorded.impressions.length // 1
 */
export function createTestClient<Flags extends FlagTypes<Flags> = AnyFlags>(
  settings: TestSettings<NoInfer<Flags>> = {},
): TestClient<Flags> {
  const { flags, key = 'test-user', ...rest } = settings
  const localFlags: Record<string, unknown> = { ...flags }
  const impressions: Impression[] = []
  const events: TrackedEvent[] = []
  const first = createClient<Flags>({
    ...rest,
    sdkKey: 'test',
    key,
    localFlags: localFlags as TreatmentsByFlag<Flags>,
    impressionListener: (impression) => impressions.push(impression),
  })

  // Each client has one recording client, so that one key has one client here as well.
  const recording = new Map<Client<Flags>, Client<Flags>>()
  const record = (client: Client<Flags>, ownKey: Key): Client<Flags> => {
    const known = recording.get(client)
    if (known) return known
    const made: Client<Flags> = {
      ...client,
      forKey: (other) => record(client.forKey(other), other),
      track(event, options) {
        const isTaken = client.track(event, options)
        if (isTaken) events.push({ ...options, event, key: ownKey })
        return isTaken
      },
    }
    recording.set(client, made)
    return made
  }

  const members: Pick<TestClient<Flags>, 'set' | 'recorded'> = {
    set(flag, treatment) {
      if (treatment === undefined) delete localFlags[flag]
      else if (readTreatment(treatment)) localFlags[flag] = treatment
      else throw new PennonSettingsError(`flag ${flag}`, 'must be a treatment, or { treatment, config } of texts')
      first.update()
    },
    recorded: {
      get impressions() {
        // Listeners are called after the task, but a test asks within it.
        void first.flush()
        return [...impressions]
      },
      get events() {
        return [...events]
      },
      clear() {
        void first.flush()
        impressions.length = events.length = 0
      },
    },
  }
  return Object.assign(record(first, key), members)
}
