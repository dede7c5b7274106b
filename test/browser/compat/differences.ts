import type { Found } from './differ'

/**
 * Where `pennon/compat` answers otherwise than the official SDK, on purpose. Each must occur in a scenario, or the test
 * fails; so does whatever differs and is not here. docs/migrating.md shows the list.
 */
export interface Difference {
  /** The place, in a few words. */
  what: string
  /** What the official SDK does, and what pennon does instead. */
  official: string
  pennon: string
  why: string
  /** Whether a place where transcripts differ is explained by this difference. */
  is: (found: Found) => boolean
}

/** At a place whose name matches, with exactly these values. */
const at =
  (where: RegExp, official: unknown, pennon: unknown): Difference['is'] =>
  (found) =>
    where.test(found.where) &&
    JSON.stringify(found.official) === JSON.stringify(official) &&
    JSON.stringify(found.pennon) === JSON.stringify(pennon)
/** At a place whose name matches, something that only the official SDK does. */
const onlyOfficial =
  (where: RegExp): Difference['is'] =>
  (found) =>
    where.test(found.where) && found.official !== undefined && found.pennon === undefined
/** At a place whose name matches, something that only pennon does. */
const onlyPennon =
  (where: RegExp): Difference['is'] =>
  (found) =>
    where.test(found.where) && found.official === undefined && found.pennon !== undefined
const anyOf =
  (...kinds: Difference['is'][]): Difference['is'] =>
  (found) =>
    kinds.some((is) => is(found))

export const DIFFERENCES: Difference[] = [
  {
    what: 'A kill over the stream',
    official: 'two `SDK_UPDATE`: `true` in place of what changed, and `FLAGS_UPDATE` once the flag was fetched',
    pennon: 'one, at once, with the name of the flag',
    why: 'one change is one update, and says what changed',
    is: (found) =>
      /^updates by streaming \/ events/.test(found.where) &&
      JSON.stringify(found.official).replace('["SDK_UPDATE",true],', '') === JSON.stringify(found.pennon),
  },
  {
    what: 'No rule matched',
    official: 'label `default rule`',
    pennon: 'label `no rule matched`',
    why: '`default rule` is also the label that the service gives to real rules',
    is: at(/ \/ (r|label)$/, 'default rule', 'no rule matched'),
  },
  {
    what: 'A matched rule without a label',
    official: 'label `default rule`, as if none had matched',
    pennon: 'a label made from the rule, such as `in segment all`',
    why: 'an impression says why',
    is: at(/ \/ (r|label)$/, 'default rule', 'in segment all'),
  },
  {
    what: 'Settings without a key or SDK key',
    official: 'logged; requests are made that cannot work',
    pennon: '`SplitFactory` throws a `PennonSettingsError`',
    why: 'a mistake of the developer shows where it is made',
    is: anyOf(at(/^a missing key \/ (SDK )?key/, 'nothing', 'an Error'), onlyOfficial(/^a missing key \/ GET /)),
  },
  {
    what: 'Wrong attributes of a call, beside bound ones',
    official: 'a text is taken apart into characters, and the flag evaluated',
    pennon: '`control`, as without bound ones',
    why: 'wrong attributes are wrong in both cases',
    is: anyOf(
      at(/^attributes \/ beside wrong ones/, 'on', 'control'),
      at(/^attributes \/ POST \/testImpressions\/count .* rc$/, 2, 1),
    ),
  },
  {
    what: 'Wrong attributes of a call by flag set',
    official: 'an empty object',
    pennon: '`control` for each flag of the sets',
    why: 'as in a call with the names of the flags',
    is: (found) =>
      onlyPennon(/^decisions \/ wrong attributes of many, with configurations and by set/)(found) &&
      JSON.stringify(found.pennon).includes('"control"'),
  },
  {
    what: 'Mistakes that are passed over',
    official:
      'logged: blanks around a name, wrong names in a list, flag sets that cannot be, or no list of them, capitals in a traffic type, a key that is a number, a flag that the manager does not know, a consent that is none, a second factory; in the settings: a storage or integration that is none, and filters that are left out',
    pennon: 'handled in the same way, and not logged; calls after `destroy()` are logged once',
    why: 'a line for each would be loaded by every page',
    is: at(
      /^mistakes \/ (a name with blanks|a wrong name in a list|a flag set|no list of sets|an empty list of sets|a traffic type|a key that is a number|a name for the manager|a consent|(an event|the manager) after destroy|a second factory|settings: (a storage|an integration|filters|a filter|a filter by set that is none|filters that exclude each other)) \/ /,
      true,
      false,
    ),
  },
  {
    what: 'Requests of a client for another key',
    official: 'its memberships are fetched twice when it is made before or right after the others are ready',
    pennon: 'once',
    why: 'the second answer is the first one again',
    is: onlyOfficial(/^clients of other keys \/ GET \/memberships\/user-3 \/ #2$/),
  },
  {
    what: '`client(key)` of a destroyed client',
    official: 'the destroyed one, which answers `control` for ever',
    pennon: 'a new one',
    why: 'an application that lets go of a user may meet that user again',
    is: at(/^clients of other keys \/ the destroyed one again/, true, false),
  },
  {
    what: '`destroy()` of the main client',
    official: 'clients of other keys go on answering from definitions that nobody refreshes',
    pennon: 'destroys them too',
    why: 'after it nothing is left that could keep them right',
    is: anyOf(
      at(/^clients of other keys \/ after the main one/, 'on', 'control'),
      onlyOfficial(/^clients of other keys \/ POST \/testImpressions\/bulk \/ #2$/),
    ),
  },
  {
    what: 'A listener that throws',
    official: 'the next ones are not called, `whenReady()` may hang for ever, and the page gets the error',
    pennon: 'the error is logged, the others are called, promises resolve',
    why: 'one part of a page does not break another',
    is: anyOf(
      at(/^a listener that throws \/ who hears of it/, 'the page', 'nobody'),
      at(/^a listener that throws \/ (the next|whenReady)/, false, true),
    ),
  },
  {
    what: '`SDK_READY_FROM_CACHE` of an initial rollout plan',
    official: 'emitted within `SplitFactory`, where nobody can listen',
    pennon: 'emitted right after it',
    why: 'so that a listener hears of it',
    is: at(
      /^a rollout plan \/ events$/,
      [['SDK_READY', { initialCacheLoad: false }]],
      [
        ['SDK_READY_FROM_CACHE', { initialCacheLoad: false }],
        ['SDK_READY', { initialCacheLoad: false }],
      ],
    ),
  },
  {
    what: '`scheduler.pushRetryBackoffBase` of `factory.settings`',
    official: 'in milliseconds with streaming, in seconds without',
    pennon: 'always in milliseconds, and of no effect',
    why: 'waits between attempts grow from 1 s, with jitter, so that pages that failed together do not return together',
    is: at(/^settings \/ scheduler .* pushRetryBackoffBase$/, 1, 1000),
  },
  {
    what: 'Localhost mode: `names` of an update',
    official: 'empty',
    pennon: 'the flags that changed',
    why: 'as in every other update',
    is: at(/^localhost mode \/ (events|update) .* names$/, [], ['plain', 'rich']),
  },
  {
    what: 'Localhost mode: a treatment that is no text',
    official: 'returned as it is',
    pennon: 'logged, and the flag left out',
    why: 'a treatment is a text, everywhere',
    is: anyOf(
      at(/^localhost mode \/ treatments \/ 0 \/ odd \/ treatment$/, 7, 'control'),
      at(/^localhost mode \/ names \/ 0$/, ['odd', 'plain', 'rich'], ['plain', 'rich']),
    ),
  },
  {
    what: 'Localhost mode: a client of another key',
    official: 'answers `control` until the next tick',
    pennon: 'answers at once',
    why: 'there is nothing to wait for',
    is: at(/^localhost mode \/ another key/, 'control', 'on'),
  },
]
