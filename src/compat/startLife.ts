import { createClient } from '../client/createClient'
import type { Client } from '../client/types/client'
import type { Settings } from '../client/types/settings'
import type { SplitIO } from './types'

/** One life of a factory, from its start to `destroy()`: pennon's client, and the timers of the official SDK beside it. */
export interface Life {
  readonly main: Client
  /** Says that the user consented, so that data may be sent from now on. */
  grant(): void
  /** Stops the timers; pennon's client is destroyed apart from that. */
  stop(): void
}

/** @param hasEvents whether events wait to be posted */
export function startLife(pennonSettings: Settings, settings: SplitIO.ISettings, hasEvents: () => boolean): Life {
  const { scheduler, startup, userConsent } = settings
  const { localFlags } = pennonSettings
  const main = createClient({ ...pennonSettings, consent: userConsent.toLowerCase() as 'granted' })
  let firstPush: ReturnType<typeof setTimeout> | undefined
  let looking: ReturnType<typeof setInterval> | undefined

  const grant = () => {
    if (startup.eventsFirstPushWindow <= 0) return
    firstPush = setTimeout(() => hasEvents() && void main.flush(), startup.eventsFirstPushWindow)
  }
  if (userConsent === 'GRANTED') grant()
  if (localFlags) {
    const flags: Record<string, unknown> = localFlags
    const look = () => {
      for (const name of Object.keys(flags)) delete flags[name]
      Object.assign(flags, settings.features)
      main.update()
    }
    look()
    looking = setInterval(look, scheduler.offlineRefreshRate)
  }

  return {
    main,
    grant,
    stop() {
      clearTimeout(firstPush)
      clearInterval(looking)
    },
  }
}

/**
 * The client that stands in before a life has begun: one that is destroyed at once. It answers `control`, or the fallback treatment,
 * and fetches, stores and sends nothing.
 *
 * @throws PennonSettingsError as `startLife` would, so that a mistake shows where it is made
 */
export function startNothing(pennonSettings: Settings): Client {
  const client = createClient({
    ...pennonSettings,
    localFlags: {},
    // On a server, a client with a bootstrap does not even load the second file.
    bootstrap: { splitChanges: {} },
    logLevel: 'none',
  })
  void client.destroy()
  return client
}
