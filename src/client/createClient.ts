import { startClient } from './startClient'
import type { Client } from './types/client'
import type { AnyFlags, FlagTypes } from './types/flags'
import type { Settings } from './types/settings'

/**
 * Creates the client of one user and starts it.
 *
 * @typeParam Flags what the application knows of its flags, as printed by `npx pennon types`. @default any flag, any treatment
 * @param settings `sdkKey` and `key` are required, everything else has a default.
 * @throws PennonSettingsError for a mistake in the settings; nothing is started then. Nothing throws afterwards.
 * @example
 * const client = createClient({ sdkKey: 'YOUR_SDK_KEY', key: 'user-42' })
 * await client.whenReady()
 * client.getTreatment('checkout_v2', { plan: 'pro' })
 */
export function createClient<Flags extends FlagTypes<Flags> = AnyFlags>(
  settings: Settings<NoInfer<Flags>>,
): Client<Flags> {
  // The names and treatments of `Flags` exist for the compiler only.
  return startClient(settings, (due) => due().then(() => import('../late/late'))) as Client<Flags>
}
