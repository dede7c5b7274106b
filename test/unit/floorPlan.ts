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
  openfeature: 6,
  react: 6,
  server: 6,
  testing: 6,
}

const GLOBAL_OBJECTS = ['globalThis', 'self']

/**
 * The doors of the rooms, at most two each. What lies behind them is private, but for `types.ts`: other rooms get it by what a door
 * gives. Nobody enters the entries above `client`.
 */
const DOORS: Record<string, string[]> = {
  // The client of the second door has the second file in it.
  client: ['createClient', 'createFullClient'],
  late: ['late'],
  'late/delivery': ['delivery'],
  'late/explain': ['explain'],
  'late/sync': ['sync'],
  // The stream is a file of its own in dist, and loaded when it is due.
  'late/sync/stream': ['createStream'],
  // Delivery packs posts, beacons and notes as this room does.
  impressions: ['impressions', 'packing'],
  events: ['track'],
  // A server asks at the same addresses, and needs nothing else of this room.
  definitions: ['flagData', 'service'],
  // A label is also said where nothing was evaluated, as by an override or a fallback treatment.
  evaluation: ['evaluate', 'labels'],
}
const MOST_DOORS = 2
const TYPES = /\/types(\/|$)/
/** These rooms have a file for each thing, and no door. */
const OPEN_ROOMS = ['browser', 'shared']

/** The door of the second file, and who may open it: at once, or by `import()` alone, so that the first file stays without the second. */
const SECOND_FILE = 'late/late'
const OPENS_AT_ONCE = 'client/createFullClient.ts'
const OPENS_LATER = 'client/createClient.ts'

/** Packages, and the one file, or room, that may import each. */
const PACKAGES: Record<string, string> = {
  ky: 'late/http.ts',
  'idb-keyval': 'browser/keyValue.ts',
  'murmurhash-js/murmurhash3_gc.js': 'evaluation/bucket.ts',
  react: 'react/',
  '@openfeature/web-sdk': 'openfeature/',
}

/** Names of the browser, and the room or files that alone may use them. */
const NAMES: Record<string, string[]> = {
  window: ['browser/'],
  // The panel is a part of the page.
  document: ['browser/', 'devtools/'],
  navigator: ['browser/', 'devtools/'],
  location: ['browser/', 'devtools/'],
  addEventListener: ['browser/', 'devtools/'],
  // An integration is a file that imports nothing; the command runs in Node; compat has the timers of its own promises.
  fetch: ['browser/', 'integrations/', 'cli/'],
  setTimeout: ['browser/', 'devtools/', 'integrations/', 'openfeature/', 'compat/', 'cli/'],
  clearTimeout: ['browser/', 'devtools/', 'integrations/', 'openfeature/', 'compat/', 'cli/'],
  setInterval: ['browser/', 'devtools/', 'integrations/', 'compat/', 'cli/'],
  requestIdleCallback: ['browser/'],
  indexedDB: ['browser/'],
  IDBKeyRange: ['browser/'],
  localStorage: ['browser/'],
  sessionStorage: ['browser/'],
  BroadcastChannel: ['browser/'],
  EventSource: ['browser/'],
  performance: ['browser/'],
  sendBeacon: ['browser/beacon.ts'],
}

/** Every breach of the floor plan in these files: path below src → text. */
export function breachesOfFloorPlan(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = []
  for (const [path, text] of files) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
    for (const { specifier, isDynamic } of importsOf(source)) {
      const breach =
        breachOf(path, specifier) ?? breachOfDoor(path, specifier) ?? breachOfFile(path, specifier, isDynamic)
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
    const imports = importsOf(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true))
    const inside = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => `${resolved(path, specifier)}.ts`)
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
    return home && path.startsWith(home) ? undefined : `only ${home ?? 'nobody'} may`
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

/** Why an import may not go past the door of a room that its file is outside of; undefined when it may. */
function breachOfDoor(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const target = resolved(path, specifier)
  const to = roomOf(target) ?? ''
  if (OPEN_ROOMS.includes(to)) return undefined
  const [room] = roomsEntered(path, target)
  if (!room) return to === roomOf(path) ? undefined : 'a room without a door'
  return TYPES.test(target) || doorsOf(room).includes(target) ? undefined : `past ${doorsOf(room).join(' and ')}`
}

/** The rooms that a file is in and another one is not, the outermost first. */
function roomsEntered(path: string, target: string): string[] {
  return Object.keys(DOORS)
    .filter((room) => target.startsWith(`${room}/`) && !path.startsWith(`${room}/`))
    .sort((a, b) => a.length - b.length)
}

function doorsOf(room: string): string[] {
  return (DOORS[room] ?? []).map((door) => `${room}/${door}`)
}

/** Every door by which no file enters or that the map of the code does not name, and every room with too many. */
export function mistakesInDoors(files: ReadonlyMap<string, string>, map: string): string[] {
  const used = new Set(
    [...files].flatMap(([path, text]) =>
      importsOf(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true))
        .map(({ specifier }) => (specifier.startsWith('.') ? resolved(path, specifier) : ''))
        .filter((target) => roomsEntered(path, target).length > 0),
    ),
  )
  return Object.keys(DOORS).flatMap((room) => [
    ...doorsOf(room)
      .filter((door) => !used.has(door))
      .map((door) => `nobody enters by ${door}`),
    ...doorsOf(room)
      .filter((door) => !map.includes(`src/${door}.ts`))
      .map((door) => `the map does not name ${door}`),
    ...(doorsOf(room).length > MOST_DOORS ? [`${room} has more than ${MOST_DOORS} doors`] : []),
  ])
}

/** Why an import from outside may not open the second file; undefined when it may. */
function breachOfFile(path: string, specifier: string, isDynamic: boolean): string | undefined {
  if (!specifier.startsWith('.') || resolved(path, specifier) !== SECOND_FILE) return undefined
  if (path === OPENS_AT_ONCE || (path === OPENS_LATER && isDynamic)) return undefined
  return `only ${OPENS_LATER}, by import(), and ${OPENS_AT_ONCE} open the second file`
}

function roomOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined
}

interface Import {
  readonly specifier: string
  /** Whether it is an `import()`, which loads when it is run. */
  readonly isDynamic: boolean
}

/** Static, dynamic and type imports, re-exports, and `import('…')` in types. */
function importsOf(source: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (node: ts.Node, isDynamic = false) =>
    found.push({ specifier: (node as ts.StringLiteral).text, isDynamic })
  const visit = (node: ts.Node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      add(node.moduleSpecifier)
    } else if (ts.isImportTypeNode(node)) {
      add((node.argument as ts.LiteralTypeNode).literal)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0] as ts.Node, true)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/**
 * The names that a file uses as values: neither types, nor members of something else, nor names of members, nor variables and
 * parameters where they are in scope.
 */
function namesOf(source: ts.SourceFile): Set<string> {
  const found = new Set<string>()
  const isOwn = scopesOf(source)
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) {
      const { parent, text } = node
      const object = ts.isPropertyAccessExpression(parent) && parent.name === node ? parent.expression : undefined
      const isNameOf = 'name' in parent && parent.name === node
      // A member called sendBeacon is the real thing on whatever object.
      if (object && (text === 'sendBeacon' || (ts.isIdentifier(object) && GLOBAL_OBJECTS.includes(object.text)))) {
        found.add(text)
      }
      const isMember =
        object ||
        (isNameOf &&
          !ts.isShorthandPropertyAssignment(parent) &&
          (ts.isObjectLiteralElement(parent) || ts.isTypeElement(parent)))
      const isNoUse = isMember || ts.isTypeReferenceNode(parent) || (isNameOf && ts.isBindingElement(parent))
      if (text !== 'sendBeacon' && !isNoUse && !isOwn(node)) found.add(text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** @returns whether a name means a variable or a parameter that is in scope where it stands */
function scopesOf(source: ts.SourceFile): (name: ts.Identifier) => boolean {
  const own = new Map<ts.Node, Set<string>>()
  const visit = (node: ts.Node) => {
    if (
      (ts.isVariableDeclaration(node) || ts.isParameter(node) || isPartOfParameter(node)) &&
      ts.isIdentifier(node.name)
    ) {
      const scope = ts.findAncestor(node.parent, isScope) ?? source
      own.set(scope, (own.get(scope) ?? new Set()).add(node.name.text))
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return (name) => ts.findAncestor(name, (node) => own.get(node)?.has(name.text) === true) !== undefined
}

/** Whether what is declared directly in a node is known in that node alone. */
function isScope(node: ts.Node): boolean {
  return (
    ts.isFunctionLike(node) ||
    ts.isBlock(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node) ||
    ts.isForStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isForOfStatement(node)
  )
}

/** Whether a name stands in the destructuring of a parameter. */
function isPartOfParameter(node: ts.Node): node is ts.BindingElement {
  if (!ts.isBindingElement(node)) return false
  const { parent: owner } = node.parent
  return ts.isParameter(owner) || isPartOfParameter(owner)
}
