import { startLate } from '../late/late'
import { speak } from '../shared/texts'
import { startClient } from './startClient'
import type { Core } from '../late/types'
import type { Client } from './types/client'
import type { AnyFlags, FlagTypes } from './types/flags'
import type { Settings } from './types/settings'

/**
 * Creates the client of one user as `createClient` of `pennon` does, with the second file in it: for module service
 * workers, which cannot load code later, and for pages that want a single file.
 *
 * @typeParam Flags what the application knows of its flags, as printed by `npx pennon types`. @default any flag, any treatment
 * @param settings `sdkKey` and `key` are required, everything else has a default.
 * @throws PennonSettingsError for a mistake in the settings; nothing is started then. Nothing throws afterwards.
 */
export function createClient<Flags extends FlagTypes<Flags> = AnyFlags>(
  settings: Settings<NoInfer<Flags>>,
): Client<Flags> {
  return startClient(settings, () => whole) as Client<Flags>
}

/** The second file together with the texts of log lines, which other builds load when there is a line to write. */
const whole = {
  startLate(core: Core) {
    core.log.speak(speak)
    return startLate(core)
  },
}
