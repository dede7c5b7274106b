import type { Client } from '../client/types/client'
import type { SplitIO } from './types'

/** The official consent API. `onGranted`: data may go from now on. */
export function createUserConsent(
  { consent }: Client,
  settings: SplitIO.ISettings,
  onGranted: () => void,
): SplitIO.IUserConsentAPI {
  return {
    setStatus(isGranted) {
      if (typeof isGranted !== 'boolean') return false
      const next = isGranted ? 'granted' : 'declined'
      if (consent.get() === next) return true
      consent.set(next)
      ;(settings as { userConsent: SplitIO.ConsentStatus }).userConsent = isGranted ? 'GRANTED' : 'DECLINED'
      if (isGranted) onGranted()
      return true
    },
    getStatus: () => settings.userConsent,
    Status: { GRANTED: 'GRANTED', DECLINED: 'DECLINED', UNKNOWN: 'UNKNOWN' },
  }
}
