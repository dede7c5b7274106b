import { isClose } from './isClose'
import { stringify } from './json'
import { plainly, type Speak } from './log'

/** The texts of log lines, by their names. The first file knows only the names, because most pages never write a line. */
const TEXTS: Readonly<Record<string, (first: string, second: string, about: readonly unknown[]) => string>> = {
  'asked before ready': (flag) =>
    `asked for ${flag} before the client was ready, it answers control: wait for whenReady() or whenReadyFromCache()`,
  'attribute not bound': (name) =>
    `attribute ${name} was not bound: it needs a name, and a string, finite number, boolean or array`,
  'bootstrap ignored': () => 'bootstrap ignored: its splitChanges are no answer of the service',
  'cache not whole': () => 'the cache of definitions is not whole: everything is fetched anew',
  destroyed: () => 'a destroyed client answers control and records nothing',
  'event refused': (why) => `an event was not recorded: ${REFUSALS[why] ?? why}`,
  'fallback treatment ignored': (given, of) => `fallback treatment ignored: ${of}: ${given}`,
  'headers threw': (fault) => `the headers function threw: ${fault}`,
  'impression listener threw': (fault) => `an impression listener threw: ${fault}`,
  'invalid attributes': (type, flag) => `attributes must be a plain object; got ${type} (flag ${flag})`,
  'invalid consent': () => "consent must be 'granted' or 'declined'; it stays as it is",
  'invalid flag name': (type) => `a flag name must be a non-empty string; got ${type}`,
  'invalid key': () => 'forKey: the key is invalid; its client answers control',
  'invalid options': () =>
    'options of a call ignored: they and their properties must be a plain object of at most 32 KiB',
  'listener threw': (event, fault) => `a listener of '${event}' threw: ${fault}`,
  'invalid listener': (event) => `the listener of '${event}' must be a function; it was not added`,
  'local flag ignored': (name) => `local flag ignored, it has no treatment: ${name}`,
  'misplaced attribute': (name) =>
    /^(properties|impressionsDisabled)$/.test(name)
      ? `attribute ${name} is an option: options of a call are its third argument`
      : `attribute ${name} is an object, which no rule can read: give its members as attributes of their own`,
  'no flag in sets': (sets) => `no flag is in the flag sets '${sets}', or they are not among the setting flagSets`,
  'no flag names': (type) => `a list of flag names is needed; got ${type} without any`,
  'not handled': (event, fault) => `'${event}' was not handled: ${fault}`,
  'property sent as null': (name) => `property ${name} was sent as null: it is no text, number or boolean`,
  reached: (milestone, _, [, ms, status]) => {
    const { source, key } = status as { source: string; key?: string }
    return `${milestone} for ${key}: definitions from ${source}, ${Math.round(ms as number)} ms after the page began`
  },
  seconds: (name, ms) => `${name}: ${ms} is in milliseconds; was it meant in seconds?`,
  'second file missing': (fault) =>
    `the second file cannot be loaded; decisions go on, nothing more is fetched or sent until it is: ${fault}`,
  'storage failed': (why) => `storage failed, pennon goes on from memory: ${why}`,
  'text too long': () => 'no regular expression is tried on texts over 10,000 characters',
  'too many properties': (event) => `event ${event} has more than 300 properties`,
  'unknown flag': (name, _, [, definitions]) =>
    `there is no flag ${name}${didYouMean(name, (definitions as { names(): string[] }).names())}`,
  'unknown name': (name, _, [, known, kind]) =>
    `there is no ${kind as string} '${name}'${didYouMean(name.replace(/^SDK_/i, '').replaceAll('_', ''), known as string[], true)}`,
  'unknown traffic type': (name) => `no flag has the traffic type ${name} of an event`,
  'unreadable options': (fault) => `the options of a call could not be read: ${fault}`,
}

/** The rules that an event must keep, by what is wrong with it. */
const REFUSALS: Readonly<Record<string, string>> = {
  'its name': 'its name must be 1 to 80 letters, digits and -_.: and begin with a letter or digit',
  'its options': 'its options must be a plain object',
  'its traffic type': 'it has no traffic type',
  'its value': 'its value must be a finite number',
  'its properties': 'its properties must be a plain object of at most 32 KiB',
}

export const speak: Speak = (line, about) => {
  const [first = '', second = ''] = about.map(show)
  return Object.hasOwn(TEXTS, line)
    ? (TEXTS[line] as (typeof TEXTS)[string])(first, second, about)
    : plainly(line, about)
}

/** The name that was probably meant; where none is close, all of them if they are few. */
function didYouMean(name: string, names: readonly string[], areFew?: boolean): string {
  const close = names.find((known) => isClose(known, name))
  if (close !== undefined) return `; did you mean ${close}?`
  return areFew ? `; there are ${names.join(', ')}` : ''
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null && !(value instanceof Error) ? stringify(value) : String(value)
}
