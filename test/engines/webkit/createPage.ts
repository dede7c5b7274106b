import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Script as VmScript } from 'node:vm'
import { findInPage } from '../../browser/findInPage'
import type { Driver } from './startDriver'

/** A function whose text runs in the page, or an expression. */
export type Script = string | ((...args: never[]) => unknown)

/** What a page needs of its context. */
export interface PageDeps {
  /** As WebDriver names the window. */
  handle: string
  /** Sends a command to this window. */
  send: Driver['send']
  /** Shows this window, and minimises the others of its context. */
  bringToFront(): Promise<void>
  /** Runs in every document of the context from now on: WebDriver does not say which page a request is of. */
  addScript(script: string): void
  setOffline(isOffline: boolean): void
  close(): Promise<void>
  context: unknown
}

interface WaitOptions {
  timeout?: number
  polling?: number | string
}

/** What puppeteer waits by default. */
const TIMEOUT_MS = 30_000
const POLL_MS = 20
/** How a promise in the page is asked whether it is settled: others use the same session meanwhile. Each asking costs all of them. */
const ASK_MS = { first: 4, last: 40 }

const KEYS: Record<string, string> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Escape: '\uE00C',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
}

/**
 * What runs in the page: it evaluates, and packs what comes of it. A promise is left there under an id, and asked for later. The
 * script stands in the text, as a page's policy may forbid to evaluate one.
 */
const evaluation = (script: string) => `
  const [id, missing, ...args] = arguments
  for (const n of missing) args[n] = undefined
  const fault = (error) => ({ fault: error instanceof Error ? error.name + ': ' + error.message + '\\n' + error.stack : String(error) })
  const value = (result) => ({ value: JSON.stringify(result) })
  try {
    const result = ${script}
    const answer = typeof result === 'function' ? result(...args) : result
    if (typeof answer?.then !== 'function') return value(answer)
    const pending = (globalThis[Symbol.for('evaluations')] ??= new Map())
    pending.set(id, undefined)
    answer.then((result) => pending.set(id, value(result)), (error) => pending.set(id, fault(error)))
    return { pending: true }
  } catch (error) {
    return fault(error)
  }`
const ASK = `
  const pending = globalThis[Symbol.for('evaluations')]
  if (!pending?.has(arguments[0])) return { isGone: true }
  const settled = pending.get(arguments[0])
  if (settled) pending.delete(arguments[0])
  return { ...(settled ?? { pending: true }), calls: globalThis[Symbol.for('calls')]?.fresh.splice(0) }`
/** A function of the test, as the page has it: its calls wait there, and are asked for with a promise that is not settled. */
const exposure = (name: string) => `
  globalThis[${JSON.stringify(name)}] = (...args) => new Promise((resolve, reject) => {
    const calls = (globalThis[Symbol.for('calls')] ??= { fresh: [], begun: [] })
    const id = calls.begun.push({ resolve, reject }) - 1
    calls.fresh.push({ id, name: ${JSON.stringify(name)}, args: JSON.stringify(args) })
  })`
const END_CALL = `
  const [id, how, text] = arguments
  globalThis[Symbol.for('calls')]?.begun[id]?.[how](text && JSON.parse(text))`

interface Answer {
  value?: string
  fault?: string
  pending?: true
  isGone?: true
  calls?: { id: number; name: string; args: string }[]
}

let evaluations = 0

/**
 * One window, with as much of puppeteer's Page as the tests use. There is no console, no interception, no CDP and no media
 * emulation: those methods reject, and `on` never calls.
 */
export function createPage({ handle, send, bringToFront, addScript, setOffline, close, context }: PageDeps) {
  const events = new EventEmitter()
  const exposed = new Map<string, (...args: never[]) => unknown>()
  let isClosed = false

  const run = (script: string, args: unknown[]) => send<Answer>('POST', '/execute/sync', { script, args })

  async function answerCall({ id, name, args }: NonNullable<Answer['calls']>[number]) {
    try {
      const result = await exposed.get(name)?.(...(JSON.parse(args) as never[]))
      await run(END_CALL, [id, 'resolve', JSON.stringify(result)])
    } catch (error) {
      // The page may be gone, or be another one.
      await run(END_CALL, [id, 'reject', JSON.stringify(String(error))]).catch(() => undefined)
    }
  }

  async function evaluate(script: Script, ...args: unknown[]): Promise<unknown> {
    const id = ++evaluations
    const missing = args.flatMap((arg, n) => (arg === undefined ? [n] : []))
    const given = args.map((arg) => (isElement(arg) ? arg.reference : arg))
    let answer = await run(evaluation(expressionOf(String(script))), [id, missing, ...given])
    const giveUpAt = Date.now() + TIMEOUT_MS
    for (let ms = ASK_MS.first; answer.pending; ms = Math.min(ms * 1.5, ASK_MS.last)) {
      if (Date.now() > giveUpAt) throw new Error(`not settled in ${TIMEOUT_MS} ms: ${String(script)}`)
      await sleep(ms)
      answer = await run(ASK, [id])
      for (const call of answer.calls ?? []) void answerCall(call)
    }
    if (answer.isGone) throw new Error('Execution context was destroyed, most likely because of a navigation.')
    if (typeof answer.fault === 'string') throw new Error(answer.fault)
    return typeof answer.value === 'string' ? (JSON.parse(answer.value) as unknown) : undefined
  }

  async function until<Value>(what: string, timeout: number, holds: () => Promise<Value | undefined | false | null>) {
    const giveUpAt = Date.now() + timeout
    for (;;) {
      let fault: unknown
      try {
        const value = await holds()
        if (value) return value
      } catch (error) {
        fault = error
      }
      if (Date.now() > giveUpAt) throw new Error(`${what}: not in ${timeout} ms`, { cause: fault })
      await sleep(POLL_MS)
    }
  }

  async function findAll(selector: string): Promise<Element[]> {
    const script = `return (${String(findInPage)})(document, arguments[0])`
    const references = await send<Reference[]>('POST', '/execute/sync', { script, args: [selector] })
    return references.map(createElement)
  }
  const find = async (selector: string) => (await findAll(selector))[0] ?? null
  const must = async (selector: string) => {
    const element = await find(selector)
    if (!element) throw new Error(`failed to find element matching selector "${selector}"`)
    return element
  }

  const perform = (id: string, type: string, actions: object[]) =>
    send('POST', '/actions', {
      actions: [{ type, id, actions, ...(type === 'pointer' && { parameters: { pointerType: 'mouse' } }) }],
    })
  const keyOf = (key: string) => KEYS[key] ?? key
  const keyboard = {
    press: (key: string) =>
      perform('keyboard', 'key', [
        { type: 'keyDown', value: keyOf(key) },
        { type: 'keyUp', value: keyOf(key) },
      ]),
    type: (text: string) =>
      perform(
        'keyboard',
        'key',
        [...text].flatMap((value) => [
          { type: 'keyDown', value },
          { type: 'keyUp', value },
        ]),
      ),
    down: (key: string) => perform('keyboard', 'key', [{ type: 'keyDown', value: keyOf(key) }]),
    up: (key: string) => perform('keyboard', 'key', [{ type: 'keyUp', value: keyOf(key) }]),
  }

  function createElement(reference: Reference) {
    const element = {
      reference,
      /** Where its middle is, as a person does: WebDriver's own click takes what is in a shadow root for covered by its host. */
      async click({ count = 1 } = {}) {
        const [x, y] = (await element.evaluate(`(it) => {
          it.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
          const { left, top, width, height } = it.getBoundingClientRect()
          return [Math.round(left + width / 2), Math.round(top + height / 2)]
        }`)) as [number, number]
        await perform('mouse', 'pointer', [
          { type: 'pointerMove', x, y, origin: 'viewport', duration: 0 },
          ...Array.from({ length: count }, () => [
            { type: 'pointerDown', button: 0 },
            { type: 'pointerUp', button: 0 },
          ]).flat(),
        ])
        // A third click in a row selects what stands in a field, but each of the driver's is a first one.
        if (count === 3) await element.evaluate(`(field) => field.select?.()`)
      },
      evaluate: (script: Script, ...args: unknown[]) => evaluate(script, element, ...args),
      focus: () => element.evaluate(`(field) => field.focus()`),
      async type(text: string) {
        await element.focus()
        await keyboard.type(text)
      },
      async select(...values: string[]) {
        await element.evaluate(
          `(list, wanted) => {
            for (const option of list.options) option.selected = wanted.includes(option.value)
            list.dispatchEvent(new Event('input', { bubbles: true }))
            list.dispatchEvent(new Event('change', { bubbles: true }))
          }`,
          values,
        )
        return values
      },
      async fill(text: string) {
        await element.evaluate(
          `(field, text) => {
            field.focus()
            field.value = text
            field.dispatchEvent(new Event('input', { bubbles: true }))
            field.dispatchEvent(new Event('change', { bubbles: true }))
          }`,
          text,
        )
      },
      $: async (selector: string) => {
        const script = `return arguments[0].querySelector(arguments[1])`
        const found = await send<Reference | null>('POST', '/execute/sync', { script, args: [reference, selector] })
        return found && createElement(found)
      },
      boundingBox: () =>
        element.evaluate(`(it) => {
          const { x, y, width, height } = it.getBoundingClientRect()
          return { x, y, width, height }
        }`),
      dispose: async () => undefined,
    }
    return element
  }
  type Element = ReturnType<typeof createElement>

  const waitForFunction = async (script: Script, { timeout = TIMEOUT_MS }: WaitOptions = {}, ...args: unknown[]) => {
    const value = await until(`waiting for ${String(script)}`, timeout, () => evaluate(script, ...args))
    return { jsonValue: async () => value }
  }
  const waitForSelector = (selector: string, { timeout = TIMEOUT_MS }: WaitOptions = {}) =>
    until(`waiting for ${selector}`, timeout, () => find(selector))
  const cannot = (what: string) => async () => {
    throw new Error(`WebKitGTK's driver has no ${what}`)
  }

  const page = {
    on: (name: string, listener: () => void) => void events.on(name, listener),
    once: (name: string, listener: () => void) => void events.once(name, listener),
    off: (name: string, listener: () => void) => void events.off(name, listener),
    removeAllListeners(name: string) {
      events.removeAllListeners(name)
      return page
    },
    browserContext: () => context,
    isClosed: () => isClosed,
    async goto(url: string) {
      await send('POST', '/url', { url })
      // On a busy machine the driver takes the end of an earlier load for this one's: of the empty page of a new window.
      await waitForFunction(
        `document.readyState === 'complete' && (location.href === 'about:blank') === ${url === 'about:blank'}`,
      )
    },
    reload: () => send('POST', '/refresh', {}),
    goBack: () => send('POST', '/back', {}),
    /** Begins at the call, before the next command. */
    async waitForNavigation({ timeout = TIMEOUT_MS }: WaitOptions = {}) {
      await evaluate(`void (globalThis[Symbol.for('left')] = true)`)
      await waitForFunction(`document.readyState === 'complete' && !globalThis[Symbol.for('left')]`, { timeout })
    },
    title: () => send<string>('GET', '/title'),
    content: () => send<string>('GET', '/source'),
    async close() {
      if (isClosed) return
      isClosed = true
      // Nobody is offline on its behalf any more.
      setOffline(false)
      await close()
    },
    bringToFront,
    evaluate,
    evaluateOnNewDocument: async (script: Script, ...args: unknown[]) =>
      addScript(`;(${String(script)})(${args.map((arg) => JSON.stringify(arg)).join(', ')})`),
    async exposeFunction(name: string, act: (...args: never[]) => unknown) {
      exposed.set(name, act)
      addScript(exposure(name))
    },
    waitForFunction,
    waitForSelector,
    $: find,
    $$: findAll,
    // In one step: an element may be gone by a second one.
    $eval: (selector: string, script: Script, ...args: unknown[]) =>
      evaluate(
        `(selector, ...args) => {
          const [first] = (${String(findInPage)})(document, selector)
          if (!first) throw new Error('failed to find element matching selector "' + selector + '"')
          return (${String(script)})(first, ...args)
        }`,
        selector,
        ...args,
      ),
    $$eval: (selector: string, script: Script, ...args: unknown[]) =>
      evaluate(
        `(selector, ...args) => (${String(script)})((${String(findInPage)})(document, selector), ...args)`,
        selector,
        ...args,
      ),
    click: async (selector: string, options?: { count?: number }) => (await waitForSelector(selector)).click(options),
    focus: async (selector: string) => (await must(selector)).focus(),
    type: async (selector: string, text: string) => (await must(selector)).type(text),
    select: async (selector: string, ...values: string[]) => (await must(selector)).select(...values),
    locator: (selector: string) => ({
      // An element may be gone, or behind another one, between finding and using it.
      click: () =>
        until(`clicking ${selector}`, TIMEOUT_MS, async () => (await must(selector)).click().then(() => true)),
      fill: (text: string) =>
        until(`filling ${selector}`, TIMEOUT_MS, async () => (await must(selector)).fill(text).then(() => true)),
      wait: () => waitForSelector(selector),
    }),
    keyboard,
    mouse: {
      move: (x: number, y: number) =>
        perform('mouse', 'pointer', [{ type: 'pointerMove', x: Math.round(x), y: Math.round(y), origin: 'viewport' }]),
    },
    async setViewport({ width, height }: { width: number; height: number }) {
      await send('POST', '/window/rect', { width, height })
      // A window is larger than its page.
      const [more, taller] = (await evaluate(`[outerWidth - innerWidth, outerHeight - innerHeight]`)) as [
        number,
        number,
      ]
      await send('POST', '/window/rect', { width: width + more, height: height + taller })
    },
    async setOfflineMode(isOffline: boolean) {
      setOffline(isOffline)
      await evaluate(
        `(isOffline) => {
          Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => !isOffline })
          dispatchEvent(new Event(isOffline ? 'offline' : 'online'))
        }`,
        isOffline,
      )
    },
    screenshot: async () => Buffer.from(await send<string>('GET', '/screenshot'), 'base64'),
    createCDPSession: cannot('CDP'),
    emulateMediaFeatures: cannot('emulation of media'),
    setRequestInterception: cannot('interception of requests'),
  }
  return { handle, page }
}

type Reference = Record<string, string>

/** As an expression, of several statements without a value: a page's policy may forbid to evaluate them as they are. */
function expressionOf(script: string): string {
  try {
    new VmScript(`(${script}\n)`)
    return `(${script}\n)`
  } catch {
    return `(() => {${script}\n})()`
  }
}

function isElement(value: unknown): value is { reference: Reference } {
  return typeof value === 'object' && value !== null && 'reference' in value
}
