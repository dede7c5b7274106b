import { fileURLToPath } from 'node:url'
import { apiBase, createApi, type Sender } from './createApi'
import { createDatabase } from './createDatabase'
import { createEnvironment, type Environment } from './createEnvironment'
import { createFaults } from './createFaults'
import { createListener, host } from './createListener'
import { createPage } from './createPage'
import { createQa } from './createQa'
import { createRecorder } from './createRecorder'
import { createRetention } from './createRetention'
import { createTail } from './createTail'
import { flagForm } from './flagForm'
import { idOf } from './idOf'
import type { Parsed } from './parseTelemetry'
import type {
  DemoServer,
  DemoServerOptions,
  Received,
  ServedPage,
  StoredCount,
  StoredEvent,
  StoredImpression,
  StoredUniqueKey,
} from './types'

export { bitmapOf, encodePayload } from './announcements'
export { hash64 } from './hash64'
export type * from './types'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Starts the local server: the QA page on one port, the API on another. */
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
}: DemoServerOptions = {}): Promise<DemoServer> {
  const faults = createFaults()
  const recorder = createRecorder(recordLimit)
  const environment = createEnvironment({
    name: environmentName,
    definitions: firstDefinitions,
    memberships: firstMemberships,
    streaming,
    ...(save && { save }),
  })
  const environments: [Environment, ...Environment[]] = [
    environment,
    ...otherEnvironments.map((other) => createEnvironment({ memberships: firstMemberships, streaming, ...other })),
  ]
  const names = environments.map(({ id, name, sdkKey }) => ({ id, name, sdkKey }))
  // Any other key stands for the first environment: a page may bring the key that it has.
  const environmentOf = (sdkKey: string | undefined) =>
    environments.find((each) => each.sdkKey === sdkKey) ?? environment
  /** The treatments of all flags, in order: pages give them colours, and each page gives the same. */
  const treatments = () => {
    const flags = environments.flatMap(({ definitions }) => definitions.document.ff.d)
    return [...new Set(flags.flatMap((flag) => flagForm(flag).treatments))].sort()
  }
  let spec = firstSpec
  const database = createDatabase(file)
  const tail = createTail(database)
  const retention = createRetention({ database, days: retentionDays, onDeleted: () => tail.arrived() })
  const served = new Map<string, ServedPage>()

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
  const apiUrl = () => `http://${host}:${api.port()}${apiBase}`
  const page = createListener(
    createPage({
      pageRoot: folder('../page'),
      distRoot: folder('../../dist'),
      vendorRoot: folder('../../node_modules/uplot/dist'),
      served,
      apiUrl,
      config: () => ({ apiUrl: apiUrl(), environments: names, treatments: treatments(), retentionDays, ephemeral }),
      qa: createQa({
        environments,
        database,
        tail,
        faults,
        retention,
      }),
    }),
    port,
  )
  const listeners = { api: [api], page: [page], both: [page, api] }

  /** Adds what only a receiver knows, keeps the rows and tells the pages that follow. */
  function store({ table, rows }: Parsed, from: Received, { sdkKey, sdk, mode }: Sender) {
    const { id, name, definitions } = environmentOf(sdkKey)
    for (const row of rows) {
      const { flag } = row
      const trafficTypeName =
        row['trafficTypeName'] ??
        (typeof flag === 'string' ? definitions.flag(flag)?.trafficTypeName : undefined) ??
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
    if (table === 'impressions' || table === 'events') tail.arrived(table, rows)
    else tail.arrived()
  }

  async function start(which: keyof typeof listeners = 'both') {
    for (const listener of listeners[which]) await listener.start()
  }

  async function stop(which: keyof typeof listeners = 'both') {
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
    environments: names,
    received: recorder.received,
    clearReceived: recorder.clear,
    waitFor: (count, where = '/', { timeoutMs = 10_000 } = {}) => recorder.waitFor(count, where, timeoutMs),
    impressions: () => database.rows<StoredImpression>('impressions'),
    counts: () => database.rows<StoredCount>('counts'),
    uniqueKeys: () => database.rows<StoredUniqueKey>('unique_keys'),
    events: () => database.rows<StoredEvent>('events'),
    totals: database.totals,
    get definitions() {
      return environment.definitions.document
    },
    setDefinitions: environment.setDefinitions,
    changeFlag(name, patch, how) {
      const { definitions, setDefinitions } = environment
      setDefinitions(definitions.with({ ...definitions.flag(name), ...patch, name }), how)
    },
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
