// @ts-check
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { answer } from './answer.mjs'
import { apiBase, createApi } from './createApi.mjs'
import { createDatabase } from './createDatabase.mjs'
import { createEnvironment } from './createEnvironment.mjs'
import { createFaults } from './createFaults.mjs'
import { createPage } from './createPage.mjs'
import { createQa } from './createQa.mjs'
import { createRecorder } from './createRecorder.mjs'
import { createRetention } from './createRetention.mjs'
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
  allowedOrigins = [],
  exposeRetryAfter = false,
  database: file = ':memory:',
  maxBodyBytes = 5 << 20,
  recordLimit = 10_000,
  environmentName = 'Development',
  spec: firstSpec = '1.3',
  streaming = {},
  saveDefinitions: save,
  otherEnvironments = [],
  retentionDays = 90,
  ephemeral = true,
} = {}) {
  const faults = createFaults()
  const recorder = createRecorder(recordLimit)
  const environment = createEnvironment({
    name: environmentName,
    definitions: firstDefinitions,
    memberships: firstMemberships,
    streaming,
    ...(save && { save }),
  })
  const environments = [
    environment,
    ...otherEnvironments.map((other) => createEnvironment({ memberships: firstMemberships, streaming, ...other })),
  ]
  // Any other key is the first one's: a page may bring the key that it has.
  const environmentOf = (/** @type {string | undefined} */ sdkKey) =>
    environments.find((each) => each.sdkKey === sdkKey) ?? environment
  let spec = firstSpec
  const database = createDatabase(file)
  const tail = createTail(database)
  const retention = createRetention({ database, days: retentionDays, onDeleted: () => tail.arrived([]) })
  /** @type {Map<string, ServedPage>} */
  const served = new Map()

  const api = createListener(
    createApi({
      environments,
      environmentOf,
      faults,
      recorder,
      spec: () => spec,
      store,
      allowedOrigins,
      exposeRetryAfter,
      maxBodyBytes,
    }),
    apiPort,
  )
  const page = createListener(
    createPage({
      pageRoot: folder('../page'),
      distRoot: folder('../../dist'),
      vendorRoot: folder('../../node_modules/uplot/dist'),
      served,
      apiUrl: () => apiUrl(),
      qa: createQa({
        environments,
        config: () => ({
          apiUrl: apiUrl(),
          environments: environments.map(({ id, name, sdkKey }) => ({ id, name, sdkKey })),
          retentionDays,
          ephemeral,
        }),
        database,
        tail,
        faults,
        retention,
      }),
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
   * @param {string} sdkKey
   * @param {string | null} sdk
   * @param {string | null} mode
   */
  function store(table, rows, from, sdkKey, sdk, mode) {
    const { id, name, definitions } = environmentOf(sdkKey)
    for (const row of rows) {
      const trafficTypeName =
        row.trafficTypeName ??
        (row.flag === undefined ? undefined : definitions.flag(row.flag)?.trafficTypeName) ??
        'user'
      Object.assign(row, {
        receivedAt: from.at,
        environmentId: id,
        environmentName: name,
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

  /** @param {'api' | 'page' | 'both'} which */
  async function start(which = 'both') {
    for (const listener of listeners[which]) await listener.start()
  }

  /** @param {'api' | 'page' | 'both'} which */
  async function stop(which = 'both') {
    await Promise.all(listeners[which].map((listener) => listener.stop()))
  }

  async function close() {
    retention.stop()
    tail.close()
    await stop()
    database.close()
  }

  try {
    await start()
    void retention.run()
  } catch (error) {
    await close()
    throw error
  }

  return {
    pageUrl: `http://${host}:${page.port()}/`,
    apiUrl: apiUrl(),
    sdkKey: environment.sdkKey,
    environment: { id: environment.id, name: environment.name },
    environments: environments.map(({ id, name, sdkKey }) => ({ id, name, sdkKey })),
    received: recorder.received,
    clearReceived: recorder.clear,
    waitFor: (count, where = '/', { timeoutMs = 10_000 } = {}) => recorder.waitFor(count, where, timeoutMs),
    impressions: () => /** @type {any} */ (database.rows('impressions')),
    counts: () => /** @type {any} */ (database.rows('counts')),
    uniqueKeys: () => /** @type {any} */ (database.rows('unique_keys')),
    events: () => /** @type {any} */ (database.rows('events')),
    totals: database.totals,
    get definitions() {
      return environment.definitions.document
    },
    setDefinitions: environment.setDefinitions,
    changeFlag: (name, patch, how) => environment.setDefinitions(environment.definitions.patched(name, patch), how),
    kill: environment.kill,
    setMemberships: environment.setMemberships,
    setCdnBehind: environment.setCdnBehind,
    setSpec(next) {
      spec = next
    },
    streaming: environment.streaming.controls,
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
