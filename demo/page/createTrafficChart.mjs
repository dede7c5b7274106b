// @ts-nocheck
import uPlot from 'uplot'

/** Told apart without red and green; `on` and `off` have the colours of their badges. */
const palette = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6']
const height = 220

/**
 * The chart of traffic: a line for each treatment.
 *
 * @param {HTMLElement} host
 */
export function createTrafficChart(host) {
  /** @type {any} */
  let plot
  let drawn = ''

  new ResizeObserver(() => plot?.setSize({ width: host.clientWidth, height })).observe(host)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    drawn = ''
  })

  /**
   * @param {import('./showCharts.mjs').Charts['traffic']} traffic
   * @param {number} stepMs
   */
  function show(traffic, stepMs) {
    if (traffic.length === 0) return
    const treatments = [...new Set(traffic.map(({ treatment }) => treatment))].sort()
    const data = columns(traffic, treatments, stepMs)
    const wanted = JSON.stringify(treatments)
    if (wanted === drawn && plot) {
      plot.setData(data)
      return
    }
    drawn = wanted
    plot?.destroy()
    plot = new uPlot(options(host, treatments), data, host)
  }

  return { show }
}

/**
 * Seconds, and for each treatment its impressions; 0 where there were none, so that a line does not leap over a silence.
 *
 * @param {import('./showCharts.mjs').Charts['traffic']} traffic
 * @param {readonly string[]} treatments
 * @param {number} stepMs
 */
function columns(traffic, treatments, stepMs) {
  const first = /** @type {number} */ (traffic[0]?.start)
  const last = /** @type {number} */ (traffic.at(-1)?.start)
  const length = Math.round((last - first) / stepMs) + 1
  // One point would be no line.
  const seconds = Array.from({ length: length + 2 }, (_, n) => (first + (n - 1) * stepMs) / 1000)
  const rows = treatments.map(() => new Array(length + 2).fill(0))
  for (const { start, treatment, impressions } of traffic) {
    const row = rows[treatments.indexOf(treatment)]
    if (row) row[Math.round((start - first) / stepMs) + 1] = impressions
  }
  return [seconds, ...rows]
}

/**
 * @param {HTMLElement} host
 * @param {readonly string[]} treatments
 */
function options(host, treatments) {
  const style = getComputedStyle(host)
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: host.clientWidth,
    height,
    series: [
      { label: 'Time' },
      ...treatments.map((treatment, index) => ({
        label: treatment,
        stroke: colour(/** @type {string} */ (palette[index % palette.length])),
        // A seventh treatment has the first one's colour, and dashes.
        dash: index < palette.length ? undefined : [6, 4],
        width: 2,
        points: { show: false },
      })),
    ],
    axes: [axis, { ...axis, size: 48 }],
    scales: {
      y: {
        range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ max) => [
          0,
          Math.max(1, max * 1.1),
        ],
      },
    },
    // Hours and days as everywhere else on these pages.
    fmtDate: (/** @type {string} */ template) =>
      uPlot.fmtDate(
        template
          .replace(/\{h\}:\{mm\}( ?\{(aa|AA)\})?/, '{HH}:{mm}')
          .replace(/\{h\} ?\{(aa|AA)\}/, '{HH}:00')
          .replace('{M}/{D}/{YY}', '{YYYY}-{MM}-{DD}')
          .replace('{M}/{D}', '{MM}-{DD}'),
      ),
    cursor: { drag: { setScale: false } },
  }
}
