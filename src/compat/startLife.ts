import { createClient } from '../client/createClient'
import type { Client } from '../client/types/client'
import type { Settings } from '../client/types/settings'
import type { SplitIO } from './types'

/** Takes the flags of the localhost mode from the settings, now and again and again. @returns the timer */
export function startLooking(
  client: Client,
  flags: Record<string, unknown>,
  settings: SplitIO.ISettings,
): ReturnType<typeof setInterval> {
  const look = () => {
    for (const name in flags) delete flags[name]
    Object.assign(flags, settings.features)
    client.update()
  }
  look()
  return setInterval(look, settings.scheduler.offlineRefreshRate)
}

/**
 * The client that stands in before a life has begun: one that is destroyed at once. It answers `control`, or the fallback treatment,
 * and fetches, stores and sends nothing.
 *
 * @throws PennonSettingsError as a life would, so that a mistake shows where it is made
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
