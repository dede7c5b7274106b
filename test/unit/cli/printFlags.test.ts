import { describe, expect, it } from 'vitest'
import { printFlags } from '../../../src/cli/printFlags'

const rule = (...treatments: unknown[]) => ({ partitions: treatments.map((treatment) => ({ treatment, size: 1 })) })

/** The members of the interface, and what was warned of. */
function print(...flags: unknown[]): { text: string; warnings: string[] } {
  const warnings: string[] = []
  const [comment, first, ...lines] = printFlags(flags, 'Flags', (warning) => warnings.push(warning)).split('\n')
  expect(comment).toMatch(/^\/\/ /)
  expect(first).toBe('export interface Flags {')
  expect(lines.splice(-2)).toEqual(['}', ''])
  return { text: lines.join('\n'), warnings }
}

describe('printFlags', () => {
  it('names the treatments of all rules, the default and those that have a configuration', () => {
    const { text } = print({
      name: 'a',
      conditions: [rule('on', 'off'), rule('on', 'beta')],
      defaultTreatment: 'none',
      configurations: { held: '' },
    })
    expect(text).toBe("  a: 'beta' | 'held' | 'none' | 'off' | 'on'")
  })

  it('leaves out control, which every flag can answer, unless there is nothing else', () => {
    expect(print({ name: 'a', conditions: [rule('on', 'control')] }).text).toBe("  a: 'on'")
    expect(print({ name: 'a', conditions: [rule('control')], defaultTreatment: 'control' }).text).toBe("  a: 'control'")
    expect(print({ name: 'a' }).text).toBe("  a: 'control'")
  })

  it('merges the configurations of the treatments', () => {
    const { text, warnings } = print({
      name: 'a',
      defaultTreatment: 'off',
      configurations: { on: '{"color":"red","size":3}', off: '{"color":"grey"}' },
    })
    expect(text).toBe(
      [
        '  a: {',
        "    treatment: 'off' | 'on'",
        '    config: {',
        '      color: string',
        '      size?: number',
        '    } | null',
        '  }',
      ].join('\n'),
    )
    expect(warnings).toEqual([])
  })

  it('warns of a configuration that is no JSON, and goes on', () => {
    const { text, warnings } = print({ name: "a'b", configurations: { on: '{"a":1}', off: 'a: 1' } })
    expect(text).toContain('a: number')
    expect(warnings).toEqual([String.raw`'a\'b': the configuration of 'off' is no JSON`])
    expect(print({ name: 'a', configurations: { on: 'a: 1' } }).text).toContain('config: null\n')
  })

  it('is the same whatever the order of the definitions', () => {
    const flags = ['b', 'a', 'B', '10', '9', 'ä'].map((name) => ({ name, conditions: [rule('on', 'off')] }))
    const { text } = print(...flags)
    expect(text).toBe(
      ["  '10'", "  '9'", '  B', '  a', '  b', "  'ä'"].map((name) => `${name}: 'off' | 'on'`).join('\n'),
    )
    expect(print(...flags.reverse()).text).toBe(text)
  })

  it('takes the last definition of a name', () => {
    expect(print({ name: 'a', defaultTreatment: 'old' }, { name: 'a', defaultTreatment: 'new' }).text).toBe(
      "  a: 'new'",
    )
  })

  it('leaves out what is no definition, or of no use', () => {
    const broken = { name: 'a', conditions: [null, 5, { partitions: 'on' }, rule(null, 7, 'on')], configurations: 'x' }
    expect(print(null, 5, 'flag', [], {}, { name: 5 }, { name: '' }, broken).text).toBe("  a: 'on'")
  })
})
