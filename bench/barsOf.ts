interface Bar {
  readonly name: string
  readonly value: number
  readonly unit: string
}

const ROW = 22
const TITLE = 30
const NAMES = 110
const BARS = 420
const WIDTH = NAMES + BARS + 110

const COLORS: Record<string, string> = { pennon: '#3b63fb' }
const OTHER = '#9aa4b2'

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/**
 * Draws what a bench printed: a group for each line without indent, a bar for each line below it of the form `name  12 ns`.
 *
 * @returns an SVG, or undefined where there is nothing to draw
 */
export function barsOf(output: string): string | undefined {
  const groups: { title: string; bars: Bar[] }[] = []
  for (const line of output.split('\n')) {
    const [, name = '', value = '', unit = ''] = /^ {2}(\S+) +([\d.,]+) (ns|µs|ms)\b/.exec(line) ?? []
    if (name) groups.at(-1)?.bars.push({ name, value: Number(value.replaceAll(',', '')), unit })
    else if (/^\S/.test(line)) groups.push({ title: line, bars: [] })
  }
  const drawn = groups.filter(({ bars }) => bars.length > 1)
  if (!drawn.length) return undefined

  let y = 0
  const parts: string[] = []
  for (const { title, bars } of drawn) {
    const most = Math.max(...bars.map(({ value }) => value))
    parts.push(`<text x="0" y="${y + 20}" font-weight="600">${escape(title)}</text>`)
    y += TITLE
    for (const { name, value, unit } of bars) {
      const width = Math.max(1, Math.round((value / most) * BARS))
      parts.push(
        `<text x="0" y="${y + 14}">${escape(name)}</text>`,
        `<rect x="${NAMES}" y="${y + 3}" width="${width}" height="14" rx="3" fill="${COLORS[name] ?? OTHER}"/>`,
        `<text x="${NAMES + width + 8}" y="${y + 14}">${value.toLocaleString('en')} ${unit}</text>`,
      )
      y += ROW
    }
    y += 8
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="13" fill="#57606a">\n${parts.join('\n')}\n</svg>\n`
}
