import type { BarGroup } from './barsOf'

/** px, as all lengths here. */
const ROW = 22
const TITLE = 30
const GAP = 10
/** Short enough for a phone to show the whole picture, with words that can be read. */
const BARS = 220
/** Room for a value with its unit, behind the longest bar. */
const VALUES = 80
/** The width of a letter at the most, by which there is room for the names. */
const LETTER = 7.2

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** An SVG of bars, pennon's in colour, for light and for dark pages. */
export function drawBars(groups: readonly BarGroup[]): string {
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ name }) => name.length)))
  const start = Math.ceil(longest * LETTER) + 12
  let y = 0
  const parts: string[] = []
  for (const { title, unit, bars } of groups) {
    const most = Math.max(...bars.map(({ value = 0 }) => value))
    parts.push(`<text x="0" y="${y + 20}" class="title">${escape(title)}</text>`)
    y += TITLE
    for (const { name, value } of bars) {
      const width = value ? Math.max(1, Math.round((value / most) * BARS)) : 0
      const words = value === undefined ? 'never' : `${value.toLocaleString('en')} ${unit}`
      parts.push(`<text x="0" y="${y + 15}">${escape(name)}</text>`)
      if (width) {
        // What is weighed is all pennon's own.
        const own = unit === 'kB' || /^pennon\b/.test(name) ? ' class="own"' : ''
        parts.push(`<rect${own} x="${start}" y="${y + 3}" width="${width}" height="16" rx="3"/>`)
      }
      parts.push(`<text x="${start + width + (width && 8)}" y="${y + 15}">${words}</text>`)
      y += ROW
    }
    y += GAP
  }
  const width = start + BARS + VALUES
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" font-family="system-ui, sans-serif" font-size="13">
<style>
text { fill: #57606a } .title { fill: #1f2328; font-weight: 600 } rect { fill: #9aa4b2 } .own { fill: #3b63fb }
@media (prefers-color-scheme: dark) { text { fill: #9aa7b4 } .title { fill: #e6edf3 } rect { fill: #5d6875 } .own { fill: #6d8dff } }
</style>
${parts.join('\n')}
</svg>
`
}
