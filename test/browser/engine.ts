export const ENGINES = ['firefox', 'webkit', 'chromium'] as const
export type Engine = (typeof ENGINES)[number]

interface Abilities {
  /** The DevTools protocol: quota, frozen tabs, downloads, blocked addresses. */
  cdp: boolean
  /** A renderer can be made to crash. */
  crash: boolean
  /** A page can be shown to a person who prefers dark. */
  media: boolean
  /** The window of a page is the active one, so that the page shows what has the focus, and a key goes there. */
  activeWindow: boolean
  /** Requests are seen and answered by the test. */
  interception: boolean
  /** Tests hear of errors of the page and of its console. */
  console: boolean
  /** The driver lets the test answer a page that asks whether it may be left. */
  dialogs: boolean
  /** A mail link leaves the page where it is. WebKitGTK's small browser shows an error in its place. */
  mailLinks: boolean
  /** The bfcache can be turned off. */
  noBfcache: boolean
  /** A page whose post is under way is kept in the bfcache. In Firefox, only one whose post happens to end in time. */
  bfcacheWhilePosting: boolean
  /** A page that comes back from the bfcache hears the answers of posts that were under way when it was left. */
  answersInBfcache: boolean
  /** Beacons are limited to 64 KiB in flight. */
  beaconLimit: boolean
  /** One limit for all scripts of the page. */
  shareBeaconLimit: boolean
}

const ABILITIES: Record<Engine, Abilities> = {
  chromium: {
    cdp: true,
    crash: true,
    media: true,
    activeWindow: true,
    interception: true,
    console: true,
    dialogs: true,
    mailLinks: true,
    noBfcache: true,
    bfcacheWhilePosting: true,
    answersInBfcache: true,
    beaconLimit: true,
    shareBeaconLimit: true,
  },
  firefox: {
    cdp: false,
    crash: true,
    media: true,
    activeWindow: true,
    interception: true,
    console: true,
    dialogs: false,
    mailLinks: true,
    noBfcache: true,
    bfcacheWhilePosting: false,
    answersInBfcache: false,
    beaconLimit: false,
    shareBeaconLimit: false,
  },
  webkit: {
    cdp: false,
    crash: false,
    media: false,
    activeWindow: false,
    interception: false,
    console: false,
    dialogs: false,
    mailLinks: false,
    noBfcache: false,
    bfcacheWhilePosting: true,
    answersInBfcache: false,
    beaconLimit: true,
    shareBeaconLimit: false,
  },
}

/** The engine that the tests run in. */
export const engine = readEngine(process.env.ENGINE)

/**
 * What the engine and its driver have, for `it.skipIf(!can.…)`. In Chromium all of it, so that nothing is skipped there. What pennon
 * does otherwise in an engine is none of this: that is in test/engines/knownFailures.ts.
 */
export const can = ABILITIES[engine]

function readEngine(name = 'chromium'): Engine {
  if (!Object.hasOwn(ABILITIES, name)) throw new Error(`ENGINE=${name} is none of ${Object.keys(ABILITIES).join(', ')}`)
  return name as Engine
}
