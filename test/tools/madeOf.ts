// npx tsx test/tools/madeOf.ts [FILE [PART …]]: what a file of dist is made of. Prints for each module, or for all modules whose paths
// match the regular expression PART, by how many bytes, gzipped, the file is smaller without. @default index, module by module
import { relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rollup, type Plugin } from 'rollup'
import { parseAst } from 'rollup/parseAst'
import { bundles } from '../../rollup.config'

const [file = 'index', ...parts] = process.argv.slice(2)
const bundle = bundles('dist', 'none').find(({ output }) => output.file?.endsWith(`/${file}.js`))
if (!bundle) throw new Error(`there is no ${file}.js`)
const build = await rollup(bundle)
const {
  output: [{ code, modules }],
} = await build.generate({ ...bundle.output, plugins: [], sourcemap: false })
await build.close()

const plugins = bundle.output.plugins as Plugin[]

/** The size of a script as the build writes it, bytes, gzip level 9. */
async function sizeOf(script: string): Promise<number> {
  let text = script
  for (const { renderChunk } of plugins) {
    if (typeof renderChunk !== 'function') continue
    const context = { parse: parseAst } as never
    const written = await renderChunk.call(context, text, {} as never, { format: 'es' } as never, {} as never)
    if (written && typeof written === 'object' && 'code' in written) text = String(written.code)
  }
  return gzipSync(text, { level: 9 }).length
}

const whole = await sizeOf(code)
const codeByPath = Object.entries(modules).map(([id, part]) => [relative(process.cwd(), id), part.code ?? ''] as const)
const say = (bytes: number, what: string) => console.log(`${String(bytes).padStart(6)}  ${what}`)
say(whole, `${file}.js`)
for (const part of parts.length ? parts : codeByPath.map(([path]) => path)) {
  const found = codeByPath.filter(([path, its]) => its && (parts.length ? new RegExp(part).test(path) : path === part))
  if (found.length)
    say(whole - (await sizeOf(found.reduce((rest, [, its]) => rest.replace(its, () => ''), code))), part)
}
