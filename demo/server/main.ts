// npm run demo: builds what is older than its sources, starts the server and opens the page.
import { help, parseCommandLine, type CommandLine } from './parseCommandLine'
import { StartError } from './StartError'

try {
  const options = parseCommandLine(process.argv.slice(2))
  if (options.help) process.stdout.write(help)
  else await run(options)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function run({ definitions, production, memberships, ephemeral, open, seed, ...settings }: CommandLine) {
  // Loaded only now, so that the help and most complaints come at once.
  const { readJsonFile } = await import('./readJsonFile')
  const documents = {
    definitions: readJsonFile('--definitions', definitions),
    memberships: readJsonFile('--memberships', memberships),
  }
  const second = production === undefined ? documents.definitions : readJsonFile('--production', production)
  const { createDemoServer } = await import('./createServer')
  const { createDefinitionsFile } = await import('./createDefinitionsFile')
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
  const { buildIfOlder } = await import('../../test/tools/build')
  await buildIfOlder()
  if (seed !== undefined) {
    const { seedWeek } = await import('./seedWeek')
    await seedWeek(server, seed)
  }
  process.stdout.write(`QA page: ${server.pageUrl}\nAPI:     ${server.apiUrl}\n`)

  let isClosing = false
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      // A second signal does not wait.
      if (isClosing) process.exit(1)
      isClosing = true
      void server.close()
    })
  }
  if (!open) return
  const { openBrowser } = await import('./openBrowser')
  openBrowser(server.pageUrl, (why) => process.stderr.write(`The page is not opened: ${why}.\n`))
}
