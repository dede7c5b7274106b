// npm run api: writes what each entry of the package declares to docs/api/*.api.md. With --check it writes nothing, and
// exits with 1 when an entry differs from its report, or something public says nothing of itself.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isCheck = process.argv.includes('--check')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const reported = (addToApiReportFile = false) => ({ logLevel: ExtractorLogLevel.Error, addToApiReportFile })
const silent = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false }

/** @param {string} types the declarations of an entry, as package.json names them */
function report(types, reportTempFolder) {
  const name = types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '$1').replaceAll('/', '-')
  const extractorConfig = ExtractorConfig.prepare({
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
  return Extractor.invoke(extractorConfig, { localBuild: !isCheck, showVerboseMessages: false }).succeeded
}

const folder = mkdtempSync(join(tmpdir(), 'pennon-api-'))
try {
  const declarations = readdirSync(join(root, 'dist'), { recursive: true }).map((file) => `./dist/${file}`)
  const entries = Object.values(exports).flatMap(({ types = '' }) => {
    const [start, end] = types.split('*')
    return end ? declarations.filter((file) => file.startsWith(start) && file.endsWith(end)).sort() : types || []
  })
  for (const types of entries) if (!report(types, folder)) process.exitCode = 1
  if (process.exitCode && isCheck) console.error('npm run api writes the reports')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
