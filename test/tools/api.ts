// npm run api: writes what each entry of the package declares to docs/api/*.api.md. With --check it writes nothing, and
// exits with 1 when an entry differs from its report, or something public says nothing of itself.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { buildIfOlder } from './build'
import { readOptions } from './readOptions'

const root = fileURLToPath(new URL('../..', import.meta.url))

const reported = (addToApiReportFile = false) => ({ logLevel: ExtractorLogLevel.Error, addToApiReportFile })
const silent = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false }

/** The declaration files of the package's entries. */
function entries(): string[] {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  const { exports } = JSON.parse(text) as { exports: Record<string, string | { types: string }> }
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).map((file) => `./dist/${file}`)
  return Object.values(exports).flatMap((entry) => {
    if (typeof entry === 'string') return []
    const [start = '', end] = entry.types.split('*')
    if (end === undefined) return entry.types
    return files.filter((file) => file.startsWith(start) && file.endsWith(end)).sort()
  })
}

/** @param types the declarations of an entry, as package.json names them */
function configOf(types: string, reportTempFolder: string): ExtractorConfig {
  const name = types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '$1').replaceAll('/', '-')
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2022',
            module: 'ESNext',
            moduleResolution: 'bundler',
            lib: ['ES2022', 'DOM', 'DOM.Iterable'],
            types: [],
            strict: true,
            exactOptionalPropertyTypes: true,
          },
          include: [join(root, types)],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(root, 'docs/api'),
        reportTempFolder,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: reported() },
        extractorMessageReporting: {
          default: reported(),
          // Everything that an entry exports is public.
          'ae-missing-release-tag': silent,
          // Entries share types, and each type is exported by one of them.
          'ae-forgotten-export': silent,
        },
        tsdocMessageReporting: { default: silent },
      },
    },
  })
}

const { check } = readOptions(
  `usage: npm run api [-- --check]
  --check   writes nothing, and exits with 1 when an entry differs from its report`,
  { check: false },
)
await buildIfOlder()
const folder = mkdtempSync(join(tmpdir(), 'pennon-api-'))
try {
  const configs = entries().map((types) => configOf(types, folder))
  const [first, ...others] = configs
  if (!first) throw new Error('package.json names no entry')
  // One program for all entries: they share most of their types, and all of the library's.
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
  })
  for (const config of configs) {
    const { succeeded } = Extractor.invoke(config, { localBuild: !check, compilerState })
    if (!succeeded) process.exitCode = 1
  }
  if (process.exitCode && check) console.error('npm run api writes the reports')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
