import MagicString from 'magic-string'
import type { Node, Program } from 'estree'

/**
 * Declares with `let` what the source declares with `const`: Terser then joins more declarations into one. What is never assigned is as
 * constant to an engine either way.
 *
 * @returns undefined when there is nothing to change
 */
export function letForConst(code: string, program: Program): MagicString | undefined {
  const text = new MagicString(code)
  const walk = (node: Node) => {
    if (node.type === 'VariableDeclaration' && node.kind === 'const') {
      const { start } = node as Node & { start: number }
      text.overwrite(start, start + 'const'.length, 'let')
    }
    for (const inner of (Object.values(node) as unknown[]).flat()) {
      if (typeof (inner as Node | null)?.type === 'string') walk(inner as Node)
    }
  }
  walk(program)
  return text.hasChanged() ? text : undefined
}
