import ts from 'typescript'

/** The floors of src: imports go down only, types included. Rooms of one floor do not import each other. */
const FLOORS: Record<string, number> = {
  shared: 0,
  browser: 1,
  evaluation: 1,
  hash: 2,
  definitions: 3,
  impressions: 3,
  events: 3,
  late: 4,
  client: 5,
  cli: 6,
  compat: 6,
  config: 6,
  integrations: 6,
  devtools: 6,
  testing: 6,
}

/** Packages, and the one file that may import each. */
const PACKAGES: Record<string, string> = {
  ky: 'late/http.ts',
  'idb-keyval': 'browser/keyValue.ts',
  'murmurhash-js/murmurhash3_gc.js': 'evaluation/bucket.ts',
}

/** Names of the browser, and the room or files that alone may use them. */
const NAMES: Record<string, string[]> = {
  window: ['browser/'],
  // The panel is a part of the page.
  document: ['browser/', 'devtools/'],
  navigator: ['browser/', 'devtools/'],
  indexedDB: ['browser/'],
  localStorage: ['browser/'],
  sessionStorage: ['browser/'],
  sendBeacon: ['browser/beacon.ts'],
}

/** Every breach of the floor plan in these files: path below src → text. */
export function breachesOfFloorPlan(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = []
  for (const [path, text] of files) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
    for (const specifier of importsOf(source)) {
      const breach = breachOf(path, specifier)
      if (breach) breaches.push(`${path} imports ${specifier}: ${breach}`)
    }
    for (const name of namesOf(source)) {
      const homes = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
      if (homes && !homes.some((home) => path.startsWith(home))) {
        breaches.push(`${path} names ${name}: only ${homes.join(' and ')} may`)
      }
    }
  }
  return [...breaches, ...circlesOf(files)]
}

/** Files of one room that import each other, types included, however many hand-overs apart: one line per circle. */
function circlesOf(files: ReadonlyMap<string, string>): string[] {
  const targets = new Map<string, string[]>()
  for (const [path, text] of files) {
    const specifiers = importsOf(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true))
    const inside = specifiers.filter((specifier) => specifier.startsWith('.')).map((to) => `${resolved(path, to)}.ts`)
    targets.set(
      path,
      inside.filter((target) => roomOf(target) === roomOf(path)),
    )
  }
  const reached = (from: string): Set<string> => {
    const seen = new Set<string>()
    const waiting = [from]
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      for (const target of targets.get(path) ?? []) {
        if (!seen.has(target)) waiting.push(target)
        seen.add(target)
      }
    }
    return seen
  }
  const ahead = new Map([...targets.keys()].map((path) => [path, reached(path)]))
  const circles = new Set<string>()
  for (const [path, seen] of ahead) {
    if (!seen.has(path)) continue
    const members = [...seen].filter((other) => ahead.get(other)?.has(path)).sort()
    circles.add(`${members.join(' and ')} import each other`)
  }
  return [...circles]
}

function resolved(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1)
}

function breachOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return path.startsWith('cli/') ? undefined : 'only the command runs in Node'
  if (!specifier.startsWith('.')) {
    const home = Object.hasOwn(PACKAGES, specifier) ? PACKAGES[specifier] : undefined
    return home === path ? undefined : `only ${home ?? 'nobody'} may`
  }
  const target = resolved(path, specifier)
  const from = roomOf(path)
  const to = roomOf(target)
  if (path === 'index.ts' || path === 'full.ts') return undefined
  if (to === undefined) return 'the front door is imported by nobody'
  if (from === to) return undefined
  const fromFloor = FLOORS[from ?? '']
  const toFloor = FLOORS[to]
  if (fromFloor === undefined || toFloor === undefined) return 'a room without a floor'
  if (toFloor > fromFloor) return `floor ${fromFloor} imports floor ${toFloor}`
  if (toFloor === fromFloor) return `rooms of floor ${fromFloor} do not import each other`
  if (from === 'evaluation' && to !== 'shared') return 'evaluation is pure'
  return undefined
}

function roomOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined
}

/** Static, dynamic and type imports, re-exports, and `import('…')` in types. */
function importsOf(source: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push((node.moduleSpecifier as ts.StringLiteral).text)
    } else if (ts.isImportTypeNode(node)) {
      found.push(((node.argument as ts.LiteralTypeNode).literal as ts.StringLiteral).text)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found.push((node.arguments[0] as ts.StringLiteral).text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Identifiers that are used as values: not members of something else, nor names of members. */
function namesOf(source: ts.SourceFile): Set<string> {
  const found = new Set<string>()
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) {
      const { parent } = node
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node
      const isDeclared =
        (ts.isPropertyAssignment(parent) ||
          ts.isPropertySignature(parent) ||
          ts.isMethodSignature(parent) ||
          ts.isMethodDeclaration(parent) ||
          ts.isParameter(parent) ||
          ts.isBindingElement(parent)) &&
        parent.name === node
      // A member called sendBeacon is the real thing on whatever object.
      if (node.text === 'sendBeacon' ? isMember : !isMember && !isDeclared) found.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
