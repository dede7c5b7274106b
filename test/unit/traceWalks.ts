import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { runInThisContext } from 'node:vm'
import { build } from 'esbuild'
import ts from 'typescript'

/** The files that a call went through. */
export interface Walk {
  /** The files of src whose functions were entered, in the order of their first entry. */
  readonly files: readonly string[]
  /** How often the next function entered was of another file than the one before. */
  readonly changes: number
}

export interface Traced<Module> {
  readonly module: Module
  /** Runs something synchronous. @returns the walk that it took */
  walk(act: () => void): Walk
}

/** The traced code reports here; several copies of it may run in one process. */
const REPORTS = '__pennonWalk'

/** Bundles an entry of src so that each of its functions reports its file when it is entered, and runs it here. */
export async function traceWalks<Module>(entry: string): Promise<Traced<Module>> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'traced',
    target: 'es2022',
    plugins: [
      {
        name: 'trace',
        setup({ onLoad }) {
          onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
            contents: reporting(relative('src', path).replaceAll('\\', '/'), readFileSync(path, 'utf8')),
            loader: 'ts',
          }))
        },
      },
    ],
  })
  const module = runInThisContext(`(() => { ${outputFiles[0]?.text ?? ''}; return traced })()`) as Module

  return {
    module,
    walk(act) {
      const entered: string[] = []
      Reflect.set(globalThis, REPORTS, (file: string) => entered.push(file))
      try {
        act()
      } finally {
        Reflect.deleteProperty(globalThis, REPORTS)
      }
      return {
        files: [...new Set(entered)],
        changes: entered.filter((file, at) => at > 0 && file !== entered[at - 1]).length,
      }
    },
  }
}

/** @returns the text of a file with a report at the beginning of each function body */
export function reporting(file: string, text: string): string {
  const report = `globalThis.${REPORTS}?.(${JSON.stringify(file)})`
  const insertions: [at: number, text: string][] = []
  const visit = (node: ts.Node) => {
    const body = ts.isFunctionLike(node) && 'body' in node ? node.body : undefined
    if (body && ts.isBlock(body)) insertions.push([body.getStart() + 1, `${report};`])
    else if (body) insertions.push([body.getStart(), `(${report}, `], [body.end, ')'])
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true))
  insertions.sort(([a], [b]) => a - b)
  // Reports are inserted from the end on, so that earlier places stay where they are.
  return insertions.reduceRight((made, [at, inserted]) => made.slice(0, at) + inserted + made.slice(at), text)
}
