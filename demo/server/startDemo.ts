import { help, parseCommandLine } from './parseCommandLine'
import type { DemoServer } from './types'

export interface StartDeps {
  /** Builds what is older than its sources. */
  build(): Promise<void>
  /** Takes the output of the command: the help, or the addresses. */
  say(text: string): void
  /** Takes messages about things that failed although the server runs. */
  complain(text: string): void
}

/**
 * Does what a command line of `npm run demo` asks for. Throws a `StartError` that says in one line what is wrong with it.
 *
 * @returns the server, which its caller closes; nothing when only the help was wanted
 */
export async function startDemo(args: string[], { build, say, complain }: StartDeps): Promise<DemoServer | undefined> {
  const options = parseCommandLine(args)
  const { definitions, production, memberships, ephemeral, open, seed, ...settings } = options
  if (options.help) {
    say(help)
    return undefined
  }
  // The server is loaded only now, so that the help and most complaints come at once.
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
  // Wrong options are reported before anything is built.
  await build()
  if (seed !== undefined) {
    const { seedWeek } = await import('./seedWeek')
    await seedWeek(server, seed)
  }
  say(`QA page: ${server.pageUrl}\nAPI:     ${server.apiUrl}\n`)
  if (open) {
    const { openBrowser } = await import('./openBrowser')
    openBrowser(server.pageUrl, (why) => complain(`The page is not opened: ${why}.\n`))
  }
  return server
}
