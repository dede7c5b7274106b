import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { speak } from '../../../src/shared/texts'

/** Rooms of the first file, which knows lines by their names only. */
const ROOMS = ['client', 'definitions', 'evaluation', 'events', 'impressions', 'shared', 'browser']
const LINE =
  /(?:warn\??\.?|log\.(?:debug|info|error|mistake))\('([^']+)'|log\.once\(\s*'\w+',\s*(?:'[^']+'|`[^`]+`),\s*'([^']+)'|refuse\('([^']+)'\)/g

/** The further arguments of lines that have more than two. */
const ABOUT: Record<string, unknown[]> = {
  'unknown flag': ['one', { names: () => [] }],
  'unknown name': ['one', ['ready'], 'event'],
  reached: ['ready', 1, { source: 'network', key: 'one' }],
}

const lines = ROOMS.flatMap((room) =>
  readdirSync(join('src', room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join('src', room, file), 'utf8').matchAll(LINE)])
    .map(([, said, once, refused]) => (refused ? `event refused: ${refused}` : (said ?? once))),
)

describe('the texts of log lines', () => {
  it.each([...new Set(lines)])('there is one for: %s', (line) => {
    const [name = '', why] = (line ?? '').split(': ')
    const text = speak(name, why ? [why] : (ABOUT[name] ?? ['one', 'two']))
    expect(text).not.toBe(line)
    expect(text).not.toBe([name, 'one', 'two'].join(': '))
  })

  it('there are lines', () => expect(new Set(lines).size).toBeGreaterThan(15))

  it('show what was given, whatever it was', () => {
    expect(speak('fallback treatment ignored', [{ flag: 'off' }, 'my flag'])).toBe(
      'fallback treatment ignored: my flag: {"flag":"off"}',
    )
    expect(speak('headers threw', [new Error('mine')])).toContain('Error: mine')
    expect(speak('a text as it is', [])).toBe('a text as it is')
  })
})
