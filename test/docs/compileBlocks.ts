import { join } from 'node:path'
import ts from 'typescript'

/** A block of code in a document. */
export interface Block {
  readonly file: string
  /** The line number of its first line of code, counted from 1. */
  readonly line: number
  readonly language: string
  readonly code: string
  /** What the compiler reads before the code, on the same line: an example in a comment leaves out what its page of the reference says. */
  readonly before?: string
  /** The file that it is a copy of, which a comment before it names. Such a file is compiled and run elsewhere. */
  readonly copyOf: string | undefined
}

/** Languages whose blocks are compiled, and the extension of their files. */
const EXTENSIONS: Record<string, string> = { ts: 'ts', tsx: 'tsx', js: 'js', html: 'js' }

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  jsx: ts.JsxEmit.ReactJSX,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  // Modules that a page loads from its own site.
  paths: { '/pennon/*': [join(process.cwd(), 'dist/*')] },
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  noEmit: true,
}

/** What blocks may use without making it: a client that an earlier one made, and the global of the script tag. */
const GLOBALS = `
declare global {
  const client: import('pennon').Client
  const pennon: typeof import('pennon')
  interface Window {
    pennon?: typeof import('pennon')
    client: import('pennon').Client
  }
}
export {}
`

/** The files of the libraries, which are read once because they are the same for all blocks. */
const libraries = new Map<string, ts.SourceFile | undefined>()

export function blocksOf(file: string, markdown: string): Block[] {
  return [...markdown.matchAll(/^( *)```(\S*)[^\n]*\n([\s\S]*?)^\1```/gm)].map((match) => {
    const [, indent = '', language = '', code = ''] = match
    const [, copyOf] = /<!-- (examples\/\S+) -->\s*$/.exec(markdown.slice(0, match.index)) ?? []
    const line = markdown.slice(0, match.index).split('\n').length + 1
    return { file, line, language, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), copyOf }
  })
}

/** What examples in comments use without making it: their application's own, and tools whose types need not be installed. */
const GIVEN: Record<string, string> = {
  Flags: "interface Flags { checkout_v2: 'on' | 'off' }",
  user: 'declare const user: { readonly id: string }',
  sdkKey: 'declare const sdkKey: string',
  key: 'declare const key: string',
  bootstrap: "declare const bootstrap: import('pennon/server').Bootstrap",
  askMyBackend: 'declare function askMyBackend(key: string): Promise<string>',
  App: 'declare function App(): null',
  OpenFeature: "import { OpenFeature } from '@openfeature/web-sdk'",
  ...Object.fromEntries(
    ['dsn', 'instance', 'rum', 'logs', 'Sentry', 'Bugsnag', 'FullStory'].map((name) => [
      name,
      `declare const ${name}: any`,
    ]),
  ),
}

/** The code below each `@example` of a source, as a block that imports from the entry of the package which its room makes. */
export function examplesOf(file: string, source: string): Block[] {
  return [
    ...source.matchAll(/^( *)\* @example\n((?:\1\*(?!\/).*\n)+)\1\*\/\n *(?:export )?(?:async )?(?:\w+ )?(\w+)/gm),
  ].map((match) => {
    const [, indent = '', commented = '', name = ''] = match
    const code = commented.replaceAll(new RegExp(`^${indent}\\* ?`, 'gm'), '')
    const [, room = '', own = ''] = /src\/(\w+)\/(\w+)/.exec(file) ?? []
    const entry = room === 'integrations' ? `pennon/integrations/${own}` : `pennon/${room}`
    const isMissing = (used: string) =>
      new RegExp(`\\b${used}\\b`).test(code) && !new RegExp(`\\b(const|interface) ({[^}]*)?\\b${used}\\b`).test(code)
    const before = [
      ...Object.entries({ ...GIVEN, createClient: "import { createClient } from 'pennon'" }),
      ...(room === 'client' ? [] : [[name, `import { ${name} } from '${entry}'`] as const]),
    ].flatMap(([used, text]) => (isMissing(used) ? `${text}; ` : []))
    const line = source.slice(0, match.index).split('\n').length + 1
    return {
      file,
      line,
      language: code.startsWith('<') ? 'tsx' : 'ts',
      code,
      before: before.join(''),
      copyOf: undefined,
    }
  })
}

/** Every error of the compiler in these blocks, each block a module of its own against the built package: `file:line: text`. */
export function compileBlocks(blocks: readonly Block[]): string[] {
  const root = process.cwd()
  const sources = new Map<string, { text: string; block?: Block }>()
  sources.set(join(root, 'docs', 'globals.ts'), { text: GLOBALS })
  for (const [index, block] of blocks.entries()) {
    const extension = EXTENSIONS[block.language]
    if (extension && !block.copyOf)
      sources.set(join(root, 'docs', `block${index}.${extension}`), { text: sourceOf(block), block })
  }

  const host = ts.createCompilerHost(OPTIONS)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => sources.has(path) || fileExists(path)
  host.readFile = (path) => sources.get(path)?.text ?? readFile(path)
  host.getSourceFile = (path, version) => {
    const source = sources.get(path)
    if (source) return ts.createSourceFile(path, source.text, version)
    if (!libraries.has(path)) libraries.set(path, getSourceFile(path, version))
    return libraries.get(path)
  }
  const program = ts.createProgram([...sources.keys()], OPTIONS, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ')
    const block = file && sources.get(file.fileName)?.block
    if (!block) return `${file?.fileName}: ${text}`
    return `${block.file}:${block.line + file.getLineAndCharacterOfPosition(start ?? 0).line}: ${text}`
  })
}

/** The code of a block; of a page, what is in its script tags, on the lines that it is on. */
function sourceOf({ language, code, before = '' }: Block): string {
  const outside = /(^|<\/script>)[^]*?(<script[^>]*>|$)/g
  return language === 'html' ? code.replace(outside, (html) => html.replace(/[^\n]/g, '')) : before + code
}
