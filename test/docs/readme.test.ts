import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { resolveSettings } from '../../src/client/settings'
import { FALLBACK_PREFIX, LABELS } from '../../src/evaluation/labels'

const readme = readFileSync('README.md', 'utf8')
const section = (title: string) => readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ''
/** The cells of a document's first table, below its head. */
const rowsOf = (path: string) => {
  const [table = ''] = /(^\|.*\n)+/m.exec(readFileSync(path, 'utf8')) ?? []
  return [...table.matchAll(/^\| (.*) \|$/gm)]
    .slice(2)
    .map(([, row = '']) => row.split(/ +\| +/).map((cell) => cell.trim()))
}

/** Name and documented default of every setting, as the type has them. */
const settings = (() => {
  const source = ts.createSourceFile(
    'types.ts',
    readFileSync('src/client/types/settings.ts', 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  )
  const type = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === 'Settings',
  )
  return (type?.members ?? []).map((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
    const text = ts.getTextOfJSDocComment(tag?.comment) ?? (member.questionToken ? undefined : 'required')
    return [(member.name as ts.Identifier).text, text] as const
  })
})()

it('docs/settings.md lists every setting, in the order of the type, with its default', () => {
  expect(settings.length).toBeGreaterThan(30)
  expect(rowsOf('docs/settings.md').map(([name, value]) => [name, value?.replaceAll('`', '')])).toEqual(
    settings.map(([name, value]) => [`\`${name}\``, value]),
  )
})

it('docs/labels.md explains every label', () => {
  const labels = rowsOf('docs/labels.md').map(([label]) => label)
  const known = [...Object.values(LABELS), `${FALLBACK_PREFIX}…`]
  expect(labels.sort()).toEqual(known.map((label) => `\`${label}\``).sort())
})

describe('README', () => {
  it('leads to every document', () => {
    const documents = readdirSync('docs').filter((file) => file.endsWith('.md'))
    expect(documents).toContain('typed-flags.md')
    expect(documents.filter((file) => !readme.includes(`](docs/${file})`))).toEqual([])
  })

  it('lists every entry of the package', () => {
    const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object; bin: object }
    const entries = Object.keys(exports)
      .filter((path) => path !== './package.json')
      .map((path) => path.replace(/^\./, 'pennon'))
    const listed = section('Entries')
    expect(
      [...entries, ...Object.keys(bin).map((name) => `npx ${name}`)].filter((name) => !listed.includes(name)),
    ).toEqual([])
  })
})

describe('the figures of README', () => {
  const benchmarks = readFileSync('docs/benchmarks.md', 'utf8')
  /** What docs/benchmarks.md has of a bench. */
  const measured = (bench: string) => {
    const found = benchmarks.split('<!-- bench:').find((text) => text.startsWith(`${bench} -->`))
    if (!found) throw new Error(`docs/benchmarks.md has nothing of ${bench}`)
    return found
  }
  /** The first line of a bench that matches, in parts. */
  const partsOf = (bench: string, line: RegExp) => line.exec(measured(bench))?.slice(1) ?? []
  /** The rows of the table that follows a text of README, in cells. */
  const tableAfter = (text: string) => {
    const [, table = ''] = /\n\|.*\|\n\| -+ .*\|\n((?:\|.*\|\n)+)/.exec(readme.slice(readme.indexOf(text))) ?? []
    return [...table.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()))
  }
  /** A time as README says it, with the digits that it gives there. */
  const asIn = (cell: string | undefined, time: string | undefined) => {
    if (time === '–') return 'never'
    const digits = /\.(\d+)/.exec(cell ?? '')?.[1]?.length ?? 0
    return `${Number(time).toFixed(digits)} ms`
  }

  it('are, for each file, what it weighs', () => {
    const rows = tableAfter('### What a page loads').map(([file, size]) => [file, size])
    const weighed = rows.map(([file = '']) => {
      const [kB] = partsOf(
        'size',
        new RegExp(`^${file.replaceAll('`', '').replaceAll('.', '\\.')} +([\\d.]+) kB gzipped`, 'm'),
      )
      return [file, `${Number(kB).toFixed(1)} kB`]
    })
    expect(rows.length).toBeGreaterThan(5)
    expect(rows).toEqual(weighed)
  })

  it('are, for each row of the cold start, the times of each contender', () => {
    const ofFlags = (flags: string, part: string) =>
      partsOf('coldstart', new RegExp(`^ +${flags}  ${part} +(\\S+) +(\\S+) +(\\S+)`, 'm'))
    const times: Record<string, string[]> = {
      'ready from cache, 1,000 flags': ofFlags('1000', 'ready'),
      'ready from cache, 5,000 flags': ofFlags('5000', 'ready'),
      'ready from cache, 20,000 flags': ofFlags('20000', 'ready'),
      'the next 100 flags, of 1,000': ofFlags('1000', 'next 100 flags'),
      'first visit, 5,000 flags, from the answer in memory until ready': partsOf(
        'coldstart',
        /^First visit, 5000 flags, from the answer in memory until ready: pennon ([\d.]+) ms, official SDK ([\d.]+) ms/m,
      ),
    }
    const rows = tableAfter('## Figures')
    expect(rows.map(([what]) => what)).toEqual(Object.keys(times))
    for (const [what = '', ...cells] of rows) {
      const shown = cells.filter(Boolean)
      expect({ what, shown }).toEqual({ what, shown: times[what]?.map((time, n) => asIn(shown[n], time)) })
    }
  })

  it('are, for each way to leave a page, what arrived of both and how much of it twice', () => {
    const rounds = 3
    const left = [...measured('pagehide').matchAll(/^(?:DEBUG|OPTIMIZED) +(\w+) +(\d+) +(.+)$/gm)].map(
      ([, how, count, cells = '']) => {
        const runs = [...cells.replace(/longest task.*/, '').matchAll(/(\d+)(?: \((\d+)\))?/g)]
        const received = runs.map(([, distinct]) => Number(distinct))
        const doubled = runs.slice(0, rounds).reduce((sum, [, , twice = 0]) => sum + Number(twice), 0)
        return {
          how,
          count: Number(count),
          pennon: received.slice(0, rounds),
          official: received.slice(rounds),
          doubled,
        }
      },
    )
    const inWords = (how: string) => {
      const rows = left.filter((row) => row.how === how)
      const most = rows.filter(({ count }) => count > 300).flatMap(({ official }) => official)
      const isAll = rows.filter(({ count }) => count === 300).every(({ official }) => official.every((n) => n === 300))
      const arrived = most.filter(Boolean).length
      const ofMore = !arrived ? '0 of 1,000 and more' : arrived < most.length / 2 ? 'of more mostly 0' : 'some of more'
      return {
        pennon: rows.every(({ count, pennon }) => pennon.every((n) => n === count)) ? 'all of N' : 'some of N',
        doubled: String(rows.reduce((sum, { doubled }) => sum + doubled, 0)),
        official: isAll ? `all of 300; ${ofMore}` : rows.some(({ official }) => official.some(Boolean)) ? 'some' : '0',
      }
    }
    expect(left).toHaveLength(24)
    expect(left.every(({ pennon, official }) => pennon.length === rounds && official.length === rounds)).toBe(true)
    const rows = tableAfter('`npm run bench:pagehide` compares')
    expect(rows).toEqual(
      [
        ['a navigation without bfcache', 'navigate'],
        ['the tab is closed', 'close'],
        ['the renderer crashes', 'crash'],
      ].map(([words = '', how = '']) => {
        const { pennon, doubled, official } = inWords(how)
        return [words, pennon, doubled, official]
      }),
    )
  })

  it('are, for ten page loads, what was sent and counted, in so many bytes', () => {
    const sent = (who: string) => {
      const line = new RegExp(`${who}: ten page loads in a row +(\\d+) impressions +(\\d+) counted +(\\d+) bytes`)
      const [impressions = 0, counted = 0, bytes = 0] = partsOf('pagehide', line).map(Number)
      return { impressions: impressions.toLocaleString('en'), counted, kB: Math.round(bytes / 1000) }
    }
    const [pennon, official] = [sent('pennon'), sent('official SDK')]
    expect(official.counted).toBe(0)
    const [sentence] = /pennon sends \d[^.]+/.exec(readme.replaceAll(/\s+/g, ' ')) ?? []
    expect(sentence).toBe(
      `pennon sends ${pennon.impressions} impressions and ${pennon.counted} as counts (${pennon.kB} kB), the official SDK ${official.impressions} impressions (${official.kB} kB)`,
    )
  })

  it('name the browser and the official SDK that they were measured with', () => {
    const { dependencies } = JSON.parse(readFileSync('bench/peers/package.json', 'utf8')) as {
      dependencies: Record<string, string>
    }
    const [chromium] = partsOf('pagehide', /Chromium (\d+)/)
    expect(partsOf('coldstart', /Chromium (\d+)/)).toEqual([chromium])
    const [, sdk, browser] = /with the official SDK \((\S+)\) in Chromium (\d+)/.exec(readme) ?? []
    expect([sdk, browser]).toEqual([dependencies['@splitsoftware/splitio-browserjs'], chromium])
    expect(/medians of one run in Chromium (\d+)/.exec(readme)?.[1]).toBe(chromium)
  })
})

describe('the documented defaults of the settings', () => {
  const literals = settings.filter(([, value]) => /^(\d|'|true|false)/.test(value ?? '') && !/MiB/.test(value ?? ''))
  const resolved: object = resolveSettings({ sdkKey: 'a', key: 'b' })

  it.each(literals)('%s: %s', (name, documented = '') => {
    const [literal = ''] = /^('[^']*'|[\d_]+|true|false)/.exec(documented) ?? []
    expect(resolved).toHaveProperty(name, JSON.parse(literal.replaceAll("'", '"').replaceAll('_', '')))
  })
})
