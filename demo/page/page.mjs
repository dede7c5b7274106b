// @ts-check
import { createDevtools } from './createDevtools.mjs'
import { createHeader } from './createHeader.mjs'
import { createTailTable } from './createTailTable.mjs'
import { decideAll } from './decideAll.mjs'
import { byId } from './element.mjs'
import { followTail } from './followTail.mjs'
import { nextKey } from './nextKey.mjs'
import { parseAttributes } from './parseAttributes.mjs'
import { playFaults } from './playFaults.mjs'
import { request } from './request.mjs'
import { showFlags } from './showFlags.mjs'

/** @type {HTMLInputElement} */
const keyField = byId('key')
/** @type {HTMLInputElement} */
const bucketingKeyField = byId('bucketing-key')
/** @type {HTMLTextAreaElement} */
const attributesField = byId('attributes')
/** @type {HTMLInputElement} */
const filterField = byId('filter')

/** @type {any} */
let client
/** The panel. @type {any} */
let devtools
/** Key and bucketing key of `client`. */
let clientFor = ''
/** @type {import('./decideAll.mjs').Decision[]} */
let decisions = []
/** @type {Map<string, any>} */
let definitions = new Map()
/** Decisions may overlap; only the newest is shown. */
let turn = 0

const shared = new URLSearchParams(location.search)
keyField.value = shared.get('key') || 'user-1'
bucketingKeyField.value = shared.get('bucketingKey') ?? ''
attributesField.value = shared.get('attributes') ?? ''

followReceived()
const { apiUrl, environment } = await createHeader()
// Before the SDK looks at the browser.
await playFaults()
/** Built by `npm run build`, so not there for sure. @type {string} */
const built = '/dist/index.js'
const sdk = await import(built).catch(() => undefined)
if (sdk) {
  devtools = await createDevtools()
  listen(sdk.createClient)
  await decide(sdk.createClient)
} else {
  byId('client').textContent = 'not built'
  say('There is no built SDK: run npm run build, then load this page again.')
}

/** @param {any} createClient */
function listen(createClient) {
  byId('user').addEventListener('submit', (event) => {
    event.preventDefault()
    void decide(createClient)
  })
  byId('next').addEventListener('click', () => {
    keyField.value = nextKey(keyField.value.trim())
    void decide(createClient)
  })
  byId('send').addEventListener('click', async () => {
    say('Sending…')
    await client?.flush()
    say('Sent what was waiting.')
  })
  filterField.addEventListener('input', () => showFlags(decisions, definitions, filterField.value))
}

/** @param {any} createClient */
async function decide(createClient) {
  const user = readUser()
  if (!user) return
  const mine = ++turn
  share(user)
  await clientOf(createClient, user)
  devtools.decisionAttributes = user.attributes
  const { names, ready } = await knownFlags()
  if (mine !== turn) return
  definitions = new Map(
    (await request(`/qa/flags?${new URLSearchParams({ environment: environment.name })}`)).map(
      (/** @type {any} */ flag) => [flag.name, flag],
    ),
  )
  decisions = await decideAll(client, user.attributes)
  if (mine !== turn) return
  showFlags(decisions, definitions, filterField.value)
  byId('client').textContent = ready ? 'ready' : names > 0 ? 'from cache' : 'not ready'
  say(`Decided ${names} ${names === 1 ? 'flag' : 'flags'} for ${user.key}.`)
}

async function knownFlags() {
  await client.whenReady()
  return { names: client.flags.names().length, ready: client.status().ready }
}

/**
 * The client of this user: the one there is, or a new one.
 *
 * @param {any} createClient
 * @param {{ key: string, bucketingKey: string }} user
 */
async function clientOf(createClient, { key, bucketingKey }) {
  const wanted = JSON.stringify([key, bucketingKey])
  if (wanted === clientFor) return
  const before = client
  clientFor = wanted
  client = createClient({
    sdkKey: environment.sdkKey,
    key: bucketingKey ? { matchingKey: key, bucketingKey } : key,
    allowOverrides: true,
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
  })
  const mine = client
  devtools.client = client
  client.on('update', () => {
    if (mine === client && client.status().ready) void decide(createClient)
  })
  // Ready after all: until then the answers came from the cache, or there were none.
  client.once('timeout', () => mine.once('ready', () => mine === client && decide(createClient)))
  await before?.destroy()
}

/** What the form says, or undefined when it is wrong; then the field says why and has the focus. */
function readUser() {
  const key = keyField.value.trim()
  const parsed = parseAttributes(attributesField.value)
  complain(attributesField, 'error' in parsed ? parsed.error : '')
  complain(keyField, key ? '' : 'A key is needed: the id of a user, for example user-42.')
  if (!key || 'error' in parsed) return undefined
  return { key, bucketingKey: bucketingKeyField.value.trim(), attributes: parsed.attributes }
}

/**
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 * @param {string} message none when empty
 */
function complain(field, message) {
  byId(`${field.id}-error`).textContent = message
  if (message) field.setAttribute('aria-invalid', 'true')
  else field.removeAttribute('aria-invalid')
  if (message) field.focus()
}

/** Puts the user into the address, so that it can be passed on. @param {{ key: string, bucketingKey: string }} user */
function share({ key, bucketingKey }) {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries({ key, bucketingKey, attributes: attributesField.value.trim() })) {
    if (value) query.set(name, value)
    else query.delete(name)
  }
  history.replaceState(null, '', `?${query}`)
}

function followReceived() {
  const table = createTailTable()
  const pause = byId('pause')
  pause.addEventListener('click', () => {
    const paused = pause.getAttribute('aria-pressed') !== 'true'
    pause.setAttribute('aria-pressed', String(paused))
    table.pause(paused)
  })
  /** @type {HTMLAnchorElement} */
  const leave = byId('leave')
  leave.addEventListener('click', () => {
    leave.href = `/away.html?${new URLSearchParams({ left: String(Date.now()), back: location.search })}`
  })
  followTail({
    begin: table.clear,
    impressions: table.add,
    totals({ impressions, impressionsAtHide, counts, uniqueKeys, events }) {
      byId('tail-count').textContent = String(impressions)
      if (impressions + counts + uniqueKeys + events === 0) return
      byId('totals').textContent =
        `At page hide: ${impressionsAtHide} · Counts: ${counts} · Unique keys: ${uniqueKeys} · Events: ${events}`
    },
  })
}

/** @param {string} text */
function say(text) {
  byId('status').textContent = text
}
