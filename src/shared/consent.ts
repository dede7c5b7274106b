import type { Consent } from './types'

/** The one place that knows what may be done with data about the user. */
export interface ConsentState {
  get(): Consent
  set(consent: Consent): void
  /** Nothing may be recorded, not even in memory. It is a plain member because every decision reads it. */
  readonly isDeclined: boolean
  /** Recorded data may be sent, and written to disk. */
  readonly isGranted: boolean
  /** Adds a listener that hears of every `set`. @returns its removal */
  onChange(listener: (consent: Consent) => void): () => void
}

export function createConsentState(consent: Consent): ConsentState {
  const listeners = new Set<(consent: Consent) => void>()
  const state = {
    isDeclined: consent === 'declined',
    isGranted: consent === 'granted',
    get: () => consent,
    set(next: Consent) {
      consent = next
      state.isDeclined = next === 'declined'
      state.isGranted = next === 'granted'
      for (const listener of [...listeners]) listener(next)
    },
    onChange(listener: (consent: Consent) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return state
}
