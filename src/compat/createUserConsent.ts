import { mirror } from './mirror'
import { CONSENTS } from './settings'
import type { SplitIO } from './types'

/** The consent API of the official SDK. `onSet` is called at each change. */
export function createUserConsent(
  settings: SplitIO.ISettings,
  onSet: (isGranted: boolean) => void,
): SplitIO.IUserConsentAPI {
  return {
    setStatus(isGranted) {
      if (typeof isGranted !== 'boolean') return false
      const next = isGranted ? 'GRANTED' : 'DECLINED'
      if (settings.userConsent !== next) {
        ;(settings as { userConsent: SplitIO.ConsentStatus }).userConsent = next
        onSet(isGranted)
      }
      return true
    },
    getStatus: () => settings.userConsent,
    Status: mirror(CONSENTS),
  }
}
