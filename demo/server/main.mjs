// @ts-check
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createDefinitionsFile } from './createDefinitionsFile.mjs'
import { createDemoServer } from './createServer.mjs'
import { openBrowser } from './openBrowser.mjs'
import { help, parseCommandLine } from './parseCommandLine.mjs'
import { readJsonFile } from './readJsonFile.mjs'
import { StartError } from './StartError.mjs'

try {
  const options = parseCommandLine(process.argv.slice(2))
  if (options.help) process.stdout.write(help)
  else await run(options)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

/** Builds what the pages load, if it is older than its sources. In a process of its own: this one knows no TypeScript. */
function buildSdk() {
  const build = fileURLToPath(new URL('../../test/tools/build.ts', import.meta.url))
  execFileSync(process.execPath, ['--import', 'tsx', build], { stdio: 'inherit' })
}

/** @param {ReturnType<typeof parseCommandLine>} options */
async function run(options) {
  const { definitions, production, memberships, ephemeral, open, ...settings } = options
  const documents = {
    definitions: readJsonFile('--definitions', definitions),
    memberships: readJsonFile('--memberships', memberships),
  }
  const second = production === undefined ? documents.definitions : readJsonFile('--production', production)
  const server = await createDemoServer({
    ...settings,
    ...documents,
    ephemeral,
    recordLimit: 0,
    ...(!ephemeral && { saveDefinitions: createDefinitionsFile(definitions) }),
    otherEnvironments: [
      {
        name: 'Production',
        definitions: second,
        ...(!ephemeral && production !== undefined && { save: createDefinitionsFile(production) }),
      },
    ],
  })
  // What is wrong with the options is said before anything is built.
  buildSdk()
  process.stdout.write(`QA page: ${server.pageUrl}\nAPI:     ${server.apiUrl}\n`)

  let closing = false
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      // A second signal does not wait.
      if (closing) process.exit(1)
      closing = true
      void server.close()
    })
  }
  if (open) openBrowser(server.pageUrl)
}
