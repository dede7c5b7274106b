// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** What each entry of the package exports. A new name is a promise to keep, so that it is written down here too. */
const DOCUMENTED: Record<string, string[]> = {
  '.': ['PennonSettingsError', 'createClient'],
  './full': ['PennonSettingsError', 'createClient'],
  './compat': ['DebugLogger', 'ErrorLogger', 'InLocalStorage', 'InfoLogger', 'SplitFactory', 'WarnLogger'],
  './config': ['parseConfig'],
  './devtools': ['mountDevtools', 'registerDevtools'],
  './hash': ['hashKey'],
  './openfeature': ['createPennonProvider'],
  './react': [
    'PennonProvider',
    'hooksOf',
    'useClient',
    'useStatus',
    'useSuspenseTreatment',
    'useTreatment',
    'useTreatmentWithConfig',
    'useTreatments',
  ],
  './server': ['loadBootstrap', 'serializeBootstrap'],
  './testing': ['createTestClient'],
  './integrations/amazonS3': ['amazonS3'],
  './integrations/amplitude': ['amplitude'],
  './integrations/bugsnag': ['bugsnag'],
  './integrations/datadogRum': ['datadogRum'],
  './integrations/fullStory': ['fullStory'],
  './integrations/googleAnalytics': ['googleAnalytics'],
  './integrations/heap': ['heap'],
  './integrations/mParticle': ['mParticle'],
  './integrations/mixpanel': ['mixpanel'],
  './integrations/newRelic': ['newRelic'],
  './integrations/openTelemetry': ['openTelemetry'],
  './integrations/posthog': ['posthog'],
  './integrations/quantumMetric': ['quantumMetric'],
  './integrations/segment': ['segment'],
  './integrations/sentry': ['sentry'],
  './integrations/webhook': ['webhook'],
}

/** Every entry that is a module, with its file. A pattern of package.json stands for the files that it finds. */
const entries = (() => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { default: string }>
  }
  return Object.entries(exports).flatMap(([name, target]): [entry: string, file: string][] => {
    if (typeof target === 'string') return []
    if (!name.includes('*')) return [[name, resolve(target.default)]]
    const [folder = '', extension = ''] = target.default.split('*')
    return readdirSync(folder)
      .filter((file) => file.endsWith(extension))
      .map((file) => [name.replace('*', file.slice(0, -extension.length)), resolve(folder, file)])
  })
})()

/** Runs a module of a folder, with all that it imports, where there is ECMAScript and nothing else. */
async function runAlone(contents: string, resolveDir: string): Promise<object> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'entry',
    // What is not used is run as well, as it is in a browser.
    treeShaking: false,
    logLevel: 'error',
  })
  return runInContext(`${outputFiles[0]?.text}\nentry`, createContext({})) as object
}

const namesIn = async (file: string) => Object.keys((await import(pathToFileURL(file).href)) as object).sort()

it('has the documented entries', () => {
  expect(entries.map(([name]) => name).sort()).toEqual(Object.keys(DOCUMENTED).sort())
})

it.each(entries)('%s exports the documented names, in Node with a DOM', async (name, file) => {
  expect('document' in globalThis).toBe(true)
  expect(await namesIn(file)).toEqual(DOCUMENTED[name])
})

// Stricter than jsdom under Jest, which has a DOM but neither TextEncoder nor fetch with its classes, and than any worker.
it.each(entries)('%s asks nothing of its surroundings when it is imported', async (name, file) => {
  expect(Object.keys(await runAlone(readFileSync(file, 'utf8'), dirname(file))).sort()).toEqual(DOCUMENTED[name])
})

// Of `2n ** 64n` Babel makes `Math.pow`, which takes no bigint: webpack 4, Metro and Jest would fail as they import it.
it('no file has a power of a bigint', () => {
  const files = readdirSync('dist').filter((file) => file.endsWith('.js'))
  expect(files).toContain('stream.js')
  expect(files.filter((file) => /\dn\s*\*\*/.test(readFileSync(`dist/${file}`, 'utf8')))).toEqual([])
})

it('a module that asks for something would be noticed', async () => {
  await expect(runAlone('new TextEncoder()', '.')).rejects.toThrow('TextEncoder is not defined')
})

it('every entry can be imported in a worker', async () => {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     Promise.all(workerData.map((url) => import(url))).then((all) => parentPort.postMessage(all.map(Object.keys)))`,
    { eval: true, workerData: entries.map(([, file]) => pathToFileURL(file).href) },
  )
  try {
    const names = await new Promise<string[][]>((resolve, reject) => worker.on('message', resolve).on('error', reject))
    expect(names.map((each) => [...each].sort())).toEqual(entries.map(([name]) => DOCUMENTED[name]))
  } finally {
    await worker.terminate()
  }
})

it('pennon.min.js defines the names of pennon as one global', () => {
  const realm = createContext({})
  runInContext(readFileSync('dist/pennon.min.js', 'utf8'), realm)
  expect(runInContext('Object.getOwnPropertyNames(globalThis).includes("pennon")', realm)).toBe(true)
  expect((runInContext('Object.keys(pennon)', realm) as string[]).sort()).toEqual(DOCUMENTED['.'])
})

it('pennon/react may be imported by what React runs on a server', () => {
  expect(readFileSync('dist/react.js', 'utf8')).toMatch(/^"use client"/)
})

describe('the second file', () => {
  it('has a name that never changes, so that a site can serve it', () => {
    expect(readdirSync('dist').filter((file) => file.endsWith('.js') && file.startsWith('late'))).toEqual(['late.js'])
    expect(
      [...readFileSync('dist/index.js', 'utf8').matchAll(/import\("([^"]+)"\)/g)].map((found) => found[1]),
    ).toEqual(['./late.js'])
  })

  it('imports nothing before it runs: that would be one more round trip', async () => {
    const { metafile } = await build({
      entryPoints: ['dist/late.js'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      external: ['*'],
      logLevel: 'error',
    })
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
    expect(imports.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'dynamic-import ./predecessor.js',
      'dynamic-import ./stream.js',
      'dynamic-import ./texts.js',
    ])
  })

  it('exports its door alone', async () => {
    expect(await namesIn(resolve('dist/late.js'))).toEqual(['startLate'])
  })
})
