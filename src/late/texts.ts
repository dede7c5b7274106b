import { stringify } from '../shared/json'
import { plainly, type Speak } from '../shared/log'

/** What log lines say, by their names. The first file knows the names only. */
const TEXTS: Readonly<Record<string, (first: string, second: string) => string>> = {
  'attribute not bound': (name) =>
    `attribute ${name} was not bound: it needs a name, and a string, finite number, boolean or array`,
  'cache not whole': () => 'the cache of definitions is not whole: everything is fetched anew',
  destroyed: () => 'a destroyed client answers control and records nothing',
  'event refused': (why) => `an event was not recorded: ${REFUSALS[why] ?? why}`,
  'fallback treatment ignored': (given) => `fallback treatment ignored: ${given}`,
  'headers threw': (fault) => `the headers function threw: ${fault}`,
  'impression listener threw': (fault) => `an impression listener threw: ${fault}`,
  'invalid attributes': (type, flag) => `attributes must be a plain object; got ${type} (flag ${flag})`,
  'invalid consent': () => "consent must be 'granted' or 'declined'; it stays as it is",
  'invalid flag name': (type) => `a flag name must be a non-empty string; got ${type}`,
  'invalid key': () => 'forKey: the key is invalid; its client answers control',
  'invalid options': () => 'the options of a call must be an object; they were ignored',
  'listener threw': (event, fault) => `a listener of '${event}' threw: ${fault}`,
  'local flag ignored': (name) => `local flag ignored, it has no treatment: ${name}`,
  'not handled': (event, fault) => `'${event}' was not handled: ${fault}`,
  'property sent as null': (name) => `property ${name} was sent as null: it is no text, number or boolean`,
  'second file missing': (fault) =>
    `the second file cannot be loaded; decisions go on, nothing is fetched or sent before it is there: ${fault}`,
  'storage failed': (why) => `storage failed, pennon goes on from memory: ${why}`,
  'text too long': () => 'no regular expression is tried on texts over 10,000 characters',
  'too many properties': (event) => `event ${event} has more than 300 properties`,
  'unknown traffic type': (name) => `no flag has the traffic type ${name} of an event`,
  'unreadable options': (fault) => `the options of a call could not be read: ${fault}`,
}

/** What an event must have, by what is wrong with it. */
const REFUSALS: Readonly<Record<string, string>> = {
  'its name': 'its name must be 1 to 80 letters, digits and -_.: and begin with a letter or digit',
  'its options': 'its options must be an object',
  'its traffic type': 'it has no traffic type',
  'its value': 'its value must be a finite number',
  'its properties': 'its properties must be a plain object of at most 32 KiB',
}

export const speak: Speak = (line, about) => {
  const [first = '', second = ''] = about.map(show)
  return Object.hasOwn(TEXTS, line) ? (TEXTS[line] as (typeof TEXTS)[string])(first, second) : plainly(line, about)
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null && !(value instanceof Error) ? stringify(value) : String(value)
}
