import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Names of the official namespace that a page has no use for, each with the reason. */
const LEFT_OUT: Record<string, string> = {
  AsyncTreatment: 'consumer modes',
  AsyncTreatments: 'consumer modes',
  AsyncTreatmentWithConfig: 'consumer modes',
  AsyncTreatmentsWithConfig: 'consumer modes',
  IAsyncClient: 'consumer modes',
  IAsyncManager: 'consumer modes',
  IAsyncSDK: 'consumer modes',
  IBrowserAsyncClient: 'consumer modes',
  IBrowserAsyncSDK: 'consumer modes',
  IClientSideAsyncSettings: 'consumer modes',
  INodeAsyncSettings: 'servers',
  INodeSettings: 'servers',
  MockedFeaturesFilePath: 'servers',
  NodeAsyncStorage: 'servers',
  NodeSyncStorage: 'servers',
  PluggableStorageOptions: 'consumer modes',
  SplitNamesAsync: 'consumer modes',
  SplitViewAsync: 'consumer modes',
  SplitViewsAsync: 'consumer modes',
  StorageAsync: 'consumer modes',
  StorageAsyncFactory: 'consumer modes',
}

/** What an application hands in: what was typed for the official SDK must be taken. */
const TAKEN = ['IClientSideSettings', 'IBrowserSettings', 'Attributes', 'EvaluationOptions', 'SplitKey', 'Logger']

/** What an application hands in, where pennon takes more: an integration may be any function. */
const WIDER = ['IClientSideSettings', 'IReactNativeSettings']

const OFFICIAL = 'node_modules/@splitsoftware/splitio-commons/types/splitio.d.ts'
const ROWS = 'node_modules/.cache/officialTypes.ts'
afterAll(() => rmSync(ROWS, { force: true }))

/** The types that the official namespace declares. */
function officialNames(): string[] {
  const names: string[] = []
  const visit = (node: ts.Node) => {
    if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) names.push(node.name.text)
    if (ts.isModuleDeclaration(node) || ts.isModuleBlock(node)) ts.forEachChild(node, visit)
  }
  ts.forEachChild(ts.createSourceFile(OFFICIAL, readFileSync(OFFICIAL, 'utf8'), ts.ScriptTarget.ES2022), (node) => {
    if (ts.isModuleDeclaration(node)) visit(node)
  })
  return names
}

/** Compiles one statement a row. @returns what is wrong with each row */
function compile(rows: readonly string[]): string[][] {
  const head = [
    `import type Official from '@splitsoftware/splitio-browserjs/types/splitio'`,
    `import { SplitFactory, InLocalStorage, DebugLogger, type SplitIO } from '../../dist/compat'`,
  ]
  mkdirSync(dirname(ROWS), { recursive: true })
  writeFileSync(ROWS, [...head, ...rows].join('\n'))
  const program = ts.createProgram([ROWS], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    strict: true,
    // The official declarations name packages of servers.
    skipLibCheck: true,
    noEmit: true,
  })
  const found: string[][] = rows.map(() => [])
  for (const { file, start = 0, messageText } of ts.getPreEmitDiagnostics(program, program.getSourceFile(ROWS))) {
    const line = file?.getLineAndCharacterOfPosition(start).line ?? 0
    found[line - head.length]?.push(ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
  return found
}

const names = officialNames().filter((name) => !(name in LEFT_OUT))

/** Statements by what they show; one program has them all. */
const statements = {
  names: names.map((name) => `export type Is${name} = SplitIO.${name}`),
  given: names
    .filter((name) => !WIDER.includes(name))
    .map((name) => `export const as${name} = (ours: SplitIO.${name}): Official.${name} => ours`),
  taken: TAKEN.map((name) => `export const to${name} = (theirs: Official.${name}): SplitIO.${name} => theirs`),
  functions: [
    'export const make: (settings: Official.IClientSideSettings) => Official.IBrowserSDK = SplitFactory',
    'export const makeForReact: (settings: Official.IBrowserSettings) => Official.IBrowserSDK = SplitFactory',
    'export const store: (options?: Official.InLocalStorageOptions) => Official.StorageSyncFactory = InLocalStorage',
    'export const log: () => Official.ILogger = DebugLogger',
  ],
  wrong: ['export const wrong = (ours: SplitIO.IManager): Official.IBrowserClient => ours'],
}

describe('the types of pennon/compat', () => {
  let faults: Record<keyof typeof statements, string[]>
  beforeAll(() => {
    const found = compile(Object.values(statements).flat())
    const take = (rows: readonly string[]) => found.splice(0, rows.length).flat()
    faults = Object.fromEntries(Object.entries(statements).map(([name, rows]) => [name, take(rows)])) as typeof faults
  })

  it('have every official name that a page has a use for', () => {
    expect(names.length).toBeGreaterThan(50)
    expect(faults.names).toEqual([])
    expect(Object.keys(LEFT_OUT).filter((name) => !officialNames().includes(name))).toEqual([])
  })

  it('are assignable to the official ones', () => {
    expect(faults.given).toEqual([])
  })

  it('take what was typed for the official SDK', () => {
    expect(faults.taken).toEqual([])
  })

  it('are of functions that can stand in for the official ones', () => {
    expect(faults.functions).toEqual([])
  })

  it('are compared: what does not fit is found', () => {
    expect(faults.wrong).toHaveLength(1)
  })
})
