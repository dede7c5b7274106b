import type { Consent } from './types'

/** The one place that knows what may be done with data about the user. */
export interface ConsentState {
  get(): Consent
  set(consent: Consent): void
  /** Decisions may be recorded, at least in memory. */
  mayRecord(): boolean
  /** What is recorded may be sent, and written to disk. */
  maySend(): boolean
  /** Adds a listener that hears of every `set`. @returns its removal */
  onChange(listener: (consent: Consent) => void): () => void
}

export function createConsentState(consent: Consent): ConsentState {
  const listeners = new Set<(consent: Consent) => void>()
  return {
    get: () => consent,
    set(next) {
      consent = next
      for (const listener of [...listeners]) listener(next)
    },
    mayRecord: () => consent !== 'declined',
    maySend: () => consent === 'granted',
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
