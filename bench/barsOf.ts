/** A row of a picture. */
export interface Bar {
  readonly name: string
  /** Undefined: never. */
  readonly value: number | undefined
}

export interface BarGroup {
  readonly title: string
  readonly unit: string
  /** As the bench prints them. The lengths of bars are compared within their group. */
  readonly bars: readonly Bar[]
}

/** How what a bench prints is read, by the bench's name. What has none has no picture. */
const READERS: Record<string, (output: string) => BarGroup[]> = { size, decide, coldstart, load, pagehide }

/** What a picture shows of the lines that a bench printed; empty where there is nothing to draw. */
export function barsOf(bench: string, output: string): BarGroup[] {
  const groups = READERS[bench]?.(output) ?? []
  return groups.filter(({ bars }) => bars.length > 1)
}

/** Undefined for the dash that stands for "never". */
const numberOf = (cell: string | undefined) => (!cell || cell === '–' ? undefined : Number(cell.replaceAll(',', '')))
const inThousands = (text: string) => Number(text).toLocaleString('en')

/** `index.js   22.05 kB gzipped, budget 22.1 kB` */
function size(output: string): BarGroup[] {
  const bars = [...output.matchAll(/^(\S+) +([\d.]+) kB gzipped/gm)].map(([, name = '', kB]) => ({
    name,
    value: numberOf(kB),
  }))
  const folder = 'integrations/'
  return [
    { title: 'Files, gzipped', unit: 'kB', bars: bars.filter(({ name }) => !name.startsWith(folder)) },
    {
      title: 'Integrations, gzipped',
      unit: 'kB',
      bars: bars
        .filter(({ name }) => name.startsWith(folder))
        .map(({ name, value }) => ({ name: name.slice(folder.length), value })),
    },
  ]
}

/** A line without indent, and lines `  pennon 0.1.0   105 ns` below it. */
function decide(output: string): BarGroup[] {
  return output.split('\n\n').map((block) => ({
    title: block.split('\n')[0] ?? '',
    unit: 'ns',
    bars: [...block.matchAll(/^ {2}(\S.*?) +([\d,]+) ns\b/gm)].map(([, name = '', ns]) => ({
      name,
      value: numberOf(ns),
    })),
  }))
}

/** `   5000  all three   35.87   –   46.35   –   0.80`, below a head with the names of the contenders. */
function coldstart(output: string): BarGroup[] {
  // In 0.2.0's head two names touch each other.
  const names = ['pennon', 'official', 'growthbook']
  return [...output.matchAll(/^ +(\d+) {2}(ready|all three) +(.+)$/gm)].map(([, flags = '', part, cells = '']) => ({
    title: `${inThousands(flags)} flags: ${part === 'ready' ? 'until ready' : 'until ready, and 101 decisions'}`,
    unit: 'ms',
    bars: names.map((name, column) => ({ name, value: numberOf(cells.split(/ +/)[column]) })),
  }))
}

/** A line for each network, a head for each visit, and lines `pennon, hinted   94 (0.97)   116 (0.94)   120 (0.94)   165 (0.94)`. */
function load(output: string): BarGroup[] {
  return output.split(/\n(?=.* Mbit; )/).flatMap((part) => {
    const [network] = /.* Mbit(?=; )/.exec(part) ?? []
    return part
      .split(/\n(?=\w+ visit )/)
      .slice(1)
      .map((table) => ({
        title: `${network}, ${table.slice(0, table.indexOf('  '))}: until the first decision`,
        unit: 'ms',
        bars: [...table.matchAll(/^(.+?) {2,}(.*\(.*)$/gm)].map(([, name = '', cells = '']) => ({
          name,
          value: numberOf([...cells.matchAll(/(\S+) \(/g)][2]?.[1]),
        })),
      }))
  })
}

/** `DEBUG   close   1000    1000 1000 1000    0 1000 0`: a number for each round, with those that came twice in brackets. */
function pagehide(output: string): BarGroup[] {
  const rounds = Number(/(\d+) rounds/.exec(output)?.[1])
  const rows = [...output.matchAll(/^(?:DEBUG|OPTIMIZED) +(\w+) +(\d+) +(.+)$/gm)].map(
    ([, how = '', count = '', cells = '']) => {
      const received = cells
        .replace(/longest task.*/, '')
        .replaceAll(/\(\d+\)/g, '')
        .match(/\b\d+\b/g)
      // A round that failed says why, perhaps with a number.
      const numbers = (received ?? []).map(Number).filter((number) => number <= Number(count))
      return { how, count, pennon: numbers.slice(0, rounds), official: numbers.slice(rounds) }
    },
  )
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return [...new Set(rows.map(({ how }) => how))].map((how) => {
    const left = rows.filter((row) => row.how === how)
    const bars = [...new Set(left.map(({ count }) => count))].flatMap((count) => {
      const those = left.filter((row) => row.count === count)
      return (['pennon', 'official'] as const).map((name) => ({
        name: `${name}, ${inThousands(count)}`,
        value: Math.round((100 * sum(those.flatMap((row) => row[name]))) / (Number(count) * rounds * those.length)),
      }))
    })
    return { title: `${how}: received, of all rounds in both modes`, unit: '%', bars }
  })
}
