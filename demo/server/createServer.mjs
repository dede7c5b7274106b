// @ts-check
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { answer } from './answer.mjs'
import { definitionUpdate, membershipUpdates } from './announcements.mjs'
import { apiBase, createApi } from './createApi.mjs'
import { createDatabase } from './createDatabase.mjs'
import { createDefinitions } from './createDefinitions.mjs'
import { createFaults } from './createFaults.mjs'
import { createMemberships } from './createMemberships.mjs'
import { createPage } from './createPage.mjs'
import { createRecorder } from './createRecorder.mjs'
import { createStreaming } from './createStreaming.mjs'
import { createTail } from './createTail.mjs'
import { idOf } from './idOf.mjs'
import { StartError } from './StartError.mjs'

export { bitmapOf, encodePayload, keyListOf } from './announcements.mjs'
export { hash64 } from './hash64.mjs'

/**
 * @typedef {import('./createServer.mjs').Received} Received
 * @typedef {import('./createServer.mjs').StoredRow} StoredRow
 * @typedef {import('./createServer.mjs').ServedPage} ServedPage
 */

const host = '127.0.0.1'
const folder = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * @param {import('./createServer.mjs').DemoServerOptions} options
 * @returns {Promise<import('./createServer.mjs').DemoServer>}
 */
export async function createDemoServer({
  definitions: firstDefinitions = { ff: { d: [], t: -1 } },
  memberships: firstMemberships = {},
  port = 0,
  apiPort = port === 0 ? 0 : port + 1,
  exposeRetryAfter = false,
  database: file = ':memory:',
  maxBodyBytes = 5 << 20,
  recordLimit = 10_000,
  environmentName = 'Development',
  spec: firstSpec = '1.3',
  streaming: streamingSettings = {},
} = {}) {
  const definitions = createDefinitions(firstDefinitions)
  const memberships = createMemberships(firstMemberships)
  const faults = createFaults()
  const recorder = createRecorder(recordLimit)
  const environment = { id: idOf(`environment ${environmentName}`), name: environmentName }
  const sdkKey = `pennon-demo-${definitions.fingerprint}`
  const streaming = createStreaming(environment.id, streamingSettings)
  let spec = firstSpec
  const database = createDatabase(file)
  const tail = createTail(database)
  /** @type {Map<string, ServedPage>} */
  const served = new Map()

  const api = createListener(
    createApi({
      definitions,
      memberships,
      faults,
      recorder,
      streaming,
      spec: () => spec,
      store,
      exposeRetryAfter,
      maxBodyBytes,
    }),
    apiPort,
  )
  const page = createListener(
    createPage({
      pageRoot: folder('../page'),
      distRoot: folder('../../dist'),
      served,
      config: () => ({ apiUrl: apiUrl(), sdkKey, environment }),
      definitions,
      database,
      tail,
    }),
    port,
  )
  const listeners = { api: [api], page: [page], both: [page, api] }
  const apiUrl = () => `http://${host}:${api.port()}${apiBase}`

  /**
   * Adds what only a receiver knows, keeps the rows and tells the pages that follow.
   *
   * @param {'impressions' | 'counts' | 'unique_keys' | 'events'} table
   * @param {StoredRow[]} rows
   * @param {Received} from
   * @param {string | null} sdk
   * @param {string | null} mode
   */
  function store(table, rows, from, sdk, mode) {
    for (const row of rows) {
      const trafficTypeName =
        row.trafficTypeName ??
        (row.flag === undefined ? undefined : definitions.flag(row.flag)?.trafficTypeName) ??
        'user'
      Object.assign(row, {
        receivedAt: from.at,
        environmentId: environment.id,
        environmentName: environment.name,
        trafficTypeId: idOf(`traffic type ${trafficTypeName}`),
        trafficTypeName,
        transport: from.transport,
        sdk,
        mode,
      })
    }
    database.insert(table, rows)
    tail.arrived(table === 'impressions' ? rows : [])
  }

  /**
   * @param {unknown} document
   * @param {{ announce?: import('./createServer.mjs').Announcement }} [how]
   */
  function setDefinitions(document, { announce = 'gzip' } = {}) {
    const { ff, rbs } = definitions.set(document)
    if (announce === 'silent') return
    const compression = announce === 'bare' ? undefined : announce
    // A flag may depend on a segment that is as new.
    if (rbs.t > rbs.from) streaming.controls.publish(definitionUpdate('RB_SEGMENT_UPDATE', rbs, compression))
    if (ff.t > ff.from) streaming.controls.publish(definitionUpdate('SPLIT_UPDATE', ff, compression))
  }

  /**
   * @param {string} name
   * @param {string} [treatment]
   */
  function kill(name, treatment) {
    const flag = definitions.flag(name)
    if (!flag) throw new Error(`there is no flag ${name}`)
    const defaultTreatment = treatment ?? flag.defaultTreatment
    const { ff } = definitions.set(definitions.patched(name, { killed: true, defaultTreatment }))
    streaming.controls.publish({ type: 'SPLIT_KILL', changeNumber: ff.t, splitName: name, defaultTreatment })
  }

  /** @type {import('./createServer.mjs').DemoServer['setMemberships']} */
  function setMemberships(document, { announce = 'keyList', compression = 'gzip', spreadMs = 0 } = {}) {
    const { cn, segments, largeSegments } = memberships.set(document)
    if (announce === 'silent') return
    const how = { cn, strategy: announce, compression, spreadMs }
    const messages = [
      ...(segments.length > 0 ? membershipUpdates('MEMBERSHIPS_MS_UPDATE', segments, how) : []),
      ...(largeSegments.length > 0 ? membershipUpdates('MEMBERSHIPS_LS_UPDATE', largeSegments, how) : []),
    ]
    for (const message of messages) streaming.controls.publish(message)
  }

  /** @param {boolean} isBehind */
  function setCdnBehind(isBehind) {
    definitions.setBehind(isBehind)
    memberships.setBehind(isBehind)
  }

  /** @param {'api' | 'page' | 'both'} which */
  async function start(which = 'both') {
    for (const listener of listeners[which]) await listener.start()
  }

  /** @param {'api' | 'page' | 'both'} which */
  async function stop(which = 'both') {
    await Promise.all(listeners[which].map((listener) => listener.stop()))
  }

  async function close() {
    tail.close()
    await stop()
    database.close()
  }

  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }

  return {
    pageUrl: `http://${host}:${page.port()}/`,
    apiUrl: apiUrl(),
    sdkKey,
    environment,
    received: recorder.received,
    clearReceived: recorder.clear,
    waitFor: (count, where = '/', { timeoutMs = 10_000 } = {}) => recorder.waitFor(count, where, timeoutMs),
    impressions: () => /** @type {any} */ (database.rows('impressions')),
    counts: () => /** @type {any} */ (database.rows('counts')),
    uniqueKeys: () => /** @type {any} */ (database.rows('unique_keys')),
    events: () => /** @type {any} */ (database.rows('events')),
    totals: database.totals,
    get definitions() {
      return definitions.document
    },
    setDefinitions,
    changeFlag: (name, patch, how) => setDefinitions(definitions.patched(name, patch), how),
    kill,
    setMemberships,
    setCdnBehind,
    setSpec(next) {
      spec = next
    },
    streaming: streaming.controls,
    fault: faults.add,
    serve(path, body, headers = {}) {
      served.set(path, { body, headers })
      return () => void served.delete(path)
    },
    start,
    stop,
    close,
  }
}

/**
 * An HTTP server that can be stopped and started again on the same port.
 *
 * @param {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} handle
 * @param {number} wantedPort
 */
function createListener(handle, wantedPort) {
  let port = wantedPort
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      // The caller went away in the middle of its body: nobody is left to answer.
      if (request.destroyed && !request.complete) return
      answer(response, 500, { message: `the demo server failed: ${error.message}` })
    })
  })

  return {
    port: () => port,

    async start() {
      if (server.listening) return
      await new Promise((resolve, reject) => {
        server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
          const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code})`
          reject(new StartError(`port ${port} ${reason}; choose another with --port`))
        })
        server.listen(port, host, () => resolve(undefined))
      })
      server.removeAllListeners('error')
      const address = server.address()
      if (address && typeof address === 'object') port = address.port
    },

    async stop() {
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      // A fetch in this same process would go on using a connection whose end it has not heard of yet.
      await delay(20)
    },
  }
}
