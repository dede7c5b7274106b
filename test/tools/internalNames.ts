// npm run names: prints names of properties that the build could shorten as well, by the characters that this would save.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { MANGLED_NAMES } from '../../mangledNames'
import { buildIfOlder } from './build'
import { readOptions } from './readOptions'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Rooms of src whose files are in the bundles that hand each other objects. */
const ROOMS = ['browser', 'client', 'definitions', 'evaluation', 'events', 'impressions', 'late', 'shared']

/** Types of what is sent, received or stored: whoever reads it knows these names. */
const FORMATS = [
  ...['FlagDefinition', 'SegmentDefinition', 'ConditionDefinition', 'PartitionDefinition', 'MatcherDefinition'],
  ...['MatcherData', 'MatcherOperands', 'Definition', 'ImpressionItem', 'CountItem', 'UniqueKeyItem', 'EventItem'],
  ...['BulkGroup', 'Envelope', 'Answer', 'Half', 'Message', 'Matcher'],
  ...['Header', 'Patch', 'Changes', 'ChangeNumbers', 'CachedTexts', 'CachedMemberships', 'Traits', 'Base'],
  ...['Note', 'NotedBatch', 'Batch', 'StoredId', 'StoredBatch', 'StoredEndpoint'],
]

/** What the second file reads of a first one of another release, to say that they do not fit. */
const ACROSS_RELEASES = ['startLate', 'version', 'log', 'speak', 'error']

/**
 * The names of properties that somebody outside the bundles can see, and how often src writes each of the others. A name is taken
 * for visible wherever it stands outside: it is never looked at whose property it is.
 */
export function lookAtNames(): { visible: Set<string>; internal: Map<string, number> } {
  const visible = new Set([
    ...ACROSS_RELEASES,
    ...declaredIn(filesIn('dist', '.d.ts')),
    ...declaredIn(
      filesIn('node_modules/typescript/lib', '.d.ts').filter((path) => /lib\.(dom|es|decorators)/.test(path)),
    ),
    ...['ky/distribution', 'idb-keyval/dist', 'murmurhash-js'].flatMap((name) =>
      wordsOf(filesIn(`node_modules/${name}`, '.js')),
    ),
    // Names of the browser, as Terser knows them: it leaves these alone.
    ...wordsOf(filesIn('node_modules/terser/tools', 'domprops.js')),
    ...wordsOf(filesIn('test/conformance', '.json')),
  ])
  const names = new Map<string, number>()
  const note = (name: string) => names.set(name, (names.get(name) ?? 0) + 1)
  const see = (node: ts.Node) => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
      if (FORMATS.includes(node.name.text)) for (const name of propertiesOf(node)) visible.add(name)
    }
    // A property may be asked for by a text.
    if (ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent)) visible.add(node.text)
    const name = propertyOf(node)
    if (name !== undefined) note(name)
    ts.forEachChild(node, see)
  }
  for (const path of sources()) see(parse(path))
  return { visible, internal: new Map([...names].filter(([name]) => !visible.has(name))) }
}

/** Every name of a property that the bundles' sources write. */
export function writtenNames(): Set<string> {
  return new Set(declaredIn(sources()))
}

function sources(): string[] {
  return ROOMS.flatMap((room) => filesIn(`src/${room}`, '.ts'))
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(root, folder, path))
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true)
}

function declaredIn(paths: readonly string[]): string[] {
  return paths.flatMap((path) => propertiesOf(parse(path)))
}

/** The names of all properties that are written in a piece of source. */
function propertiesOf(node: ts.Node): string[] {
  const names: string[] = []
  const see = (inner: ts.Node) => {
    const name = propertyOf(inner)
    if (name !== undefined) names.push(name)
    ts.forEachChild(inner, see)
  }
  see(node)
  return names
}

/** The name of a property that is declared, given, taken out or asked for here. */
function propertyOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    const { name, propertyName = name } = node
    return ts.isIdentifier(propertyName) ? propertyName.text : undefined
  }
  const isProperty =
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isAccessor(node)
  return isProperty && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : undefined
}

/** Everything in some texts that a name could be. */
function wordsOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => readFileSync(path, 'utf8').match(/[A-Za-z_$][\w$]*/g) ?? [])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readOptions('usage: npm run names', {})
  // The names that anybody can see stand in the declarations of dist.
  await buildIfOlder()
  const { internal } = lookAtNames()
  const listed = new Set(MANGLED_NAMES)
  // One that is short, or written twice, is not worth a place in the list.
  const found = [...internal].filter(([name, times]) => name.length > 4 && times > 2 && !listed.has(name))
  const saved = ([name, times]: [string, number]) => times * (name.length - 2)
  for (const entry of found.sort((a, b) => saved(b) - saved(a))) console.log(String(saved(entry)).padStart(5), entry[0])
  const unused = MANGLED_NAMES.filter((name) => !internal.has(name))
  if (unused.length) console.log(`In the list for nothing: ${unused.join(', ')}`)
}
