import MagicString from 'magic-string'
import type {
  FunctionDeclaration,
  Identifier,
  Node,
  ObjectExpression,
  ObjectPattern,
  Program,
  Property,
  VariableDeclaration,
} from 'estree'

/** Every node of a program has its place in the text. */
type Placed<Kind extends Node> = Kind & { start: number; end: number }

/** Where a name stands: its node, and the nodes around it, the nearest last. */
interface Use {
  readonly node: Node
  readonly around: readonly Node[]
}

type Uses = ReadonlyMap<string, readonly Use[]>

/** A function that is called in one place, and takes its one parameter apart. */
interface Taker {
  readonly param: Placed<Node>
  readonly pattern: ObjectPattern
  /** The statement that takes it apart, where the list of parameters does not. */
  readonly statement: Placed<VariableDeclaration> | undefined
  readonly given: Placed<ObjectExpression | Identifier>
  /** The nodes around the call. */
  readonly around: readonly Node[]
}

/** What may be left out where nobody reads it. */
const WITHOUT_EFFECT = ['Identifier', 'Literal', 'ArrowFunctionExpression', 'FunctionExpression']

/**
 * Rewrites `createX({ log, now: clock.now })` with `function createX({ log, now })` as `createX(log, clock.now)` with `function
 * createX(log, now)`. The source reads well by the names of parts, but a page would download each of them twice: Terser does not see
 * through objects. Only a function that is called in one place is changed, and only if all its parts can be seen there.
 *
 * @returns undefined when there is nothing to change
 */
export function flattenParts(code: string, program: Program): MagicString | undefined {
  const text = new MagicString(code)
  const sliceOf = (node: Node) => code.slice((node as Placed<Node>).start, (node as Placed<Node>).end)
  const uses = usesIn(program)

  const changed: Placed<Node>[] = []
  for (const { param, pattern, statement, given, around } of takersIn(uses)) {
    const taken = new Map(
      (pattern.properties as Property[]).map((property) => [nameOf(property), sliceOf(property.value)]),
    )
    const values = valuesOf(given, around, uses, taken, sliceOf)
    const changes = [param, given, ...(statement ? [statement] : [])]
    // One inside another would be changed twice.
    if (!values || changes.some((one) => changed.some(({ start, end }) => one.start < end && start < one.end))) continue
    changed.push(...changes)
    // In the order in which the values are worked out; those that are not given come last.
    const names = [...values.keys(), ...[...taken.keys()].filter((name) => !values.has(name))]
    text.overwrite(param.start, param.end, names.map((name) => taken.get(name)).join(', '))
    text.overwrite(given.start, given.end, [...values.values()].join(', '))
    if (statement) text.remove(statement.start, statement.end)
  }
  return text.hasChanged() ? text : undefined
}

function isMade(node: Node, parent: Node | undefined): boolean {
  return parent?.type === 'FunctionDeclaration' && parent.id === node
}

function isCalled(node: Node, parent: Node | undefined): boolean {
  return parent?.type === 'CallExpression' && parent.callee === node
}

function takersIn(uses: Uses): Taker[] {
  return [...uses.values()].flatMap((its) => {
    const [outer, made] = its.find(({ node, around }) => isMade(node, around.at(-1)))?.around.slice(-2) ?? []
    const used = its.find(({ node, around }) => isCalled(node, around.at(-1)))
    const call = used?.around.at(-1)
    // Any other use might see the function, or be another one of the same name.
    if (its.length !== 2 || made?.type !== 'FunctionDeclaration' || call?.type !== 'CallExpression') return []
    if (outer?.type.startsWith('Export')) return []
    const [given] = call.arguments
    const found = made.params.length === 1 ? patternOf(made, uses) : undefined
    const isPlain = found?.pattern.properties.every((one) => one.type === 'Property' && !one.computed)
    if (call.arguments.length !== 1 || !isPlain) return []
    if (given?.type !== 'ObjectExpression' && given?.type !== 'Identifier') return []
    return [{ ...found, param: made.params[0], given, around: used?.around } as Taker]
  })
}

/** What a function takes its parameter apart into: in the parameter itself, or in its first statement, which alone names it. */
function patternOf(
  { params: [param], body }: FunctionDeclaration,
  uses: Uses,
): Pick<Taker, 'pattern' | 'statement'> | undefined {
  if (param?.type === 'ObjectPattern') return { pattern: param, statement: undefined }
  const [statement] = body.body
  if (param?.type !== 'Identifier' || statement?.type !== 'VariableDeclaration') return undefined
  const [{ id, init } = { id: undefined, init: undefined }, ...others] = statement.declarations
  const isAlone = uses.get(param.name)?.filter(({ around }) => around.includes(body)).length === 1
  if (id?.type !== 'ObjectPattern' || init?.type !== 'Identifier' || init.name !== param.name) return undefined
  return isAlone && !others.length ? { pattern: id, statement: statement as Placed<VariableDeclaration> } : undefined
}

/** The text of each value that is taken, by its name; undefined when one of them cannot be seen. */
function valuesOf(
  given: ObjectExpression | Identifier,
  around: readonly Node[],
  uses: Uses,
  taken: ReadonlyMap<string, string>,
  sliceOf: (node: Node) => string,
): Map<string, string> | undefined {
  const values = new Map<string, string>()
  const put = (name: string, value: string) => {
    // A later one takes the place of an earlier one.
    values.delete(name)
    if (taken.has(name)) values.set(name, value)
  }
  for (const one of given.type === 'Identifier' ? [given] : given.properties) {
    if (one.type !== 'Property') {
      const constant = one.type === 'Identifier' ? one : one.argument
      const members = constant.type === 'Identifier' ? membersOf(constant, around, uses) : undefined
      if (!members) return undefined
      for (const member of members) {
        const { value } = member
        const isFixed = value.type === 'Identifier' && !uses.get(value.name)?.some(isAssigned)
        put(nameOf(member), isFixed ? value.name : `${sliceOf(constant)}.${nameOf(member)}`)
      }
    } else {
      const { value, method, kind, computed } = one
      if (computed || kind !== 'init' || !(taken.has(nameOf(one)) || WITHOUT_EFFECT.includes(value.type)))
        return undefined
      const isAsync = 'async' in value && value.async
      put(nameOf(one), method ? `${isAsync ? 'async ' : ''}function ${sliceOf(value)}` : sliceOf(value))
    }
  }
  return values
}

/** The members of a constant, if it is an object literal of the very scope that the call is in. */
function membersOf({ name }: Identifier, around: readonly Node[], uses: Uses): Property[] | undefined {
  const scope = [...around].reverse().find(({ type }) => /^BlockStatement$|FunctionExpression$/.test(type))
  for (const { node, around: nodes } of uses.get(name) ?? []) {
    const [block, declaration, declarator] = nodes.slice(-3)
    if (declarator?.type !== 'VariableDeclarator' || declarator.id !== node || block !== scope) continue
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') return undefined
    if (declarator.init?.type !== 'ObjectExpression') return undefined
    const members = declarator.init.properties.filter((one) => one.type === 'Property' && !one.computed)
    return members.length === declarator.init.properties.length ? (members as Property[]) : undefined
  }
  return undefined
}

/** Whether a variable is given another value here. */
function isAssigned({ node, around }: Use): boolean {
  return around.some((outer, n) => {
    const inner = around[n + 1] ?? node
    return outer.type === 'UpdateExpression' || (outer.type === 'AssignmentExpression' && outer.left === inner)
  })
}

function nameOf({ key }: Property): string {
  return key.type === 'Identifier' ? key.name : String((key as { value?: unknown }).value)
}

/** Where each name of a variable stands. */
function usesIn(program: Program): Uses {
  const uses = new Map<string, Use[]>()
  const walk = (node: Node, around: readonly Node[]) => {
    if (node.type === 'Identifier' && !isMember(node, around.at(-1))) {
      uses.set(node.name, [...(uses.get(node.name) ?? []), { node, around }])
    }
    for (const inner of (Object.values(node) as unknown[]).flat()) {
      if (typeof (inner as Node | null)?.type === 'string') walk(inner as Node, [...around, node])
    }
  }
  walk(program, [])
  return uses
}

/** Whether an identifier names a member, and no variable. */
function isMember(node: Node, parent: Node | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && !parent.computed
  const isNamed =
    parent?.type === 'Property' || parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition'
  return isNamed && parent.key === node && parent.value !== node && !parent.computed
}
