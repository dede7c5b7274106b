import { describe, expect, it } from 'vitest'
import { HELP, parseCommandLine } from '../../../src/cli/commandLine'

const parse = (...args: string[]) => parseCommandLine(args, {})
const ofService = { sdkKey: 'a-key', sdkUrl: 'https://sdk.split.io/api', timeoutMs: 10_000 }

describe('parseCommandLine', () => {
  it('has defaults for what is not given', () => {
    expect(parse('types', '--sdk-key', ' a-key ')).toEqual({
      name: 'types',
      source: ofService,
      flagSets: undefined,
      interfaceName: 'Flags',
      out: undefined,
      isCheck: false,
    })
  })

  it('takes every option', () => {
    const url = ['--sdk-url', 'http://127.0.0.1:4181/api//', '--timeout', '0.5']
    expect(parse('types', '--sdk-key=k', ...url)).toMatchObject({
      source: { sdkKey: 'k', sdkUrl: 'http://127.0.0.1:4181/api', timeoutMs: 500 },
    })
    const rest = ['--name', 'ShopFlags', '--out', 'flags.ts', '--check', '--flag-sets', 'A, b', '--flag-sets=c']
    expect(parse('types', '--definitions', '-', ...rest)).toEqual({
      name: 'types',
      source: { file: '-' },
      flagSets: ['a', 'b', 'c'],
      interfaceName: 'ShopFlags',
      out: 'flags.ts',
      isCheck: true,
    })
  })

  it('takes the key from the environment, where none is given', () => {
    const environment = { PENNON_SDK_KEY: 'a-key' }
    expect(parseCommandLine(['types'], environment)).toMatchObject({ source: ofService })
    expect(parseCommandLine(['types', '--sdk-key', 'b'], environment)).toMatchObject({ source: { sdkKey: 'b' } })
    expect(parseCommandLine(['types', '--definitions', 'f'], environment)).toMatchObject({ source: { file: 'f' } })
  })

  it.each([['--help'], ['-h'], ['help'], ['types', '--help']])('helps: %s %s', (...args) => {
    expect(parse(...args)).toEqual({ name: 'help' })
  })

  it('lists every option in its help, and no line is too long for a terminal', () => {
    for (const option of ['sdk-key', 'sdk-url', 'timeout', 'definitions', 'flag-sets', 'name', 'out', 'check']) {
      expect(HELP).toContain(`  --${option} `)
    }
    expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it.each([
    [[], 'a command is missing'],
    [['tpes'], 'no such command: tpes'],
    [['types'], '--sdk-key or --definitions is missing'],
    [['types', 'more', '--sdk-key', 'k'], 'unexpected: more'],
    [['types', '--sdk-key', ' '], '--sdk-key or --definitions is missing'],
    [['types', '--sdk-key', 'a\nb'], '--sdk-key: not an SDK key'],
    [['types', '--sdk-key', 'k', '--definitions', 'f'], '--sdk-key and --definitions exclude each other'],
    [['types', '--sdk-key', 'k', '--timeout', 'soon'], '--timeout: expected a number of seconds'],
    [['types', '--sdk-key', 'k', '--timeout', '0'], '--timeout: expected a number of seconds'],
    [['types', '--sdk-key', 'k', '--sdk-url', 'sdk.split.io'], '--sdk-url: expected an http(s) URL'],
    [['types', '--sdk-key', 'k', '--sdk-url', 'file:///etc'], '--sdk-url: expected an http(s) URL'],
    [['types', '--sdk-key', 'k', '--name', 'default'], '--name: expected letters and digits, a capital first'],
    [['types', '--sdk-key', 'k', '--name', 'A {} //'], '--name: expected letters and digits, a capital first'],
    [['types', '--sdk-key', 'k', '--check'], '--check needs --out'],
    [['types', '--sdk-keys', 'k'], "Unknown option '--sdk-keys'"],
    [['types', '--out'], "Option '--out <value>' argument missing"],
  ])('%j: %s', (args, message) => {
    expect(() => parse(...args)).toThrow(
      expect.objectContaining({ message: `${message}; pennon --help lists the options`, exitCode: 2 }),
    )
  })
})
