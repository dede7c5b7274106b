/** @jsxImportSource preact */
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Charts } from '../server/types'
import { amount } from './amount'
import { treatmentColour } from './treatmentColour'

const height = 220
/** About the width of a digit of the axis, px. */
const digitPx = 7.5
/** Steps between two marks of the time axis, up to 30 days. */
const minuteSteps = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 4_320, 10_080, 43_200]

interface TrafficChartProps extends Pick<Charts, 'traffic' | 'stepMs'> {
  id: string
  /** When the definition changed, epoch ms, as far as the picture shows the time. */
  changes: readonly number[]
  /** Ids of elements that say the same in words. */
  labelledBy: string
}

/** A line for each treatment, in the colour of its badge; a dashed line across where the definition changed. */
export function TrafficChart({ id, labelledBy, traffic, stepMs, changes }: TrafficChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const drawn = useRef('')
  /** Grows with each change of the colour scheme: a canvas keeps the colours with which it was drawn. */
  const [scheme, setScheme] = useState(0)
  const marks = useRef<readonly number[]>([])

  useEffect(() => {
    const { current: element } = host
    if (!element) return
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const drawAnew = () => setScheme((before) => before + 1)
    dark.addEventListener('change', drawAnew)
    return () => {
      observer.disconnect()
      dark.removeEventListener('change', drawAnew)
      plot.current?.destroy()
    }
  }, [])

  useEffect(() => {
    const { current: element } = host
    if (!element || traffic.length === 0) return
    marks.current = changes
    const treatments = [...new Set(traffic.map(({ treatment }) => treatment))].sort()
    const data = columns(traffic, treatments, stepMs)
    const wanted = JSON.stringify([scheme, ...treatments])
    if (wanted === drawn.current && plot.current) {
      plot.current.setData(data)
      return
    }
    drawn.current = wanted
    plot.current?.destroy()
    plot.current = new uPlot(options(element, treatments, marks), data, element)
  }, [traffic, stepMs, changes, scheme])

  return <div ref={host} id={id} class="plot" role="img" aria-labelledby={labelledBy} />
}

/** Seconds, and for each treatment its impressions; 0 where there were none, so that a line does not leap over a silence. */
function columns(traffic: Charts['traffic'], treatments: readonly string[], stepMs: number): uPlot.AlignedData {
  const first = traffic[0]?.start ?? 0
  const last = traffic.at(-1)?.start ?? 0
  const length = Math.round((last - first) / stepMs) + 1
  // A single point would be no line.
  const seconds = Array.from({ length: length + 2 }, (_, n) => (first + (n - 1) * stepMs) / 1000)
  const rows = treatments.map(() => new Array<number>(length + 2).fill(0))
  for (const { start, treatment, impressions } of traffic) {
    const row = rows[treatments.indexOf(treatment)]
    if (row) row[Math.round((start - first) / stepMs) + 1] = impressions
  }
  return [seconds, ...rows]
}

function options(
  host: HTMLElement,
  treatments: readonly string[],
  marks: { readonly current: readonly number[] },
): uPlot.Options {
  const style = getComputedStyle(host)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const lineOf = (treatment: string) => {
    const known = treatmentColour(treatment)
    return 'name' in known ? colour(`--${known.name}-line`) : `oklch(${colour('--line-lightness')} 0.14 ${known.hue})`
  }
  const axis: uPlot.Axis = {
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
      ...treatments.map((treatment) => ({
        label: treatment,
        stroke: lineOf(treatment),
        width: 2,
        points: { show: false },
      })),
    ],
    axes: [
      // The shortest interval is a minute.
      { ...axis, incrs: minuteSteps.map((minutes) => minutes * 60) },
      {
        ...axis,
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? amount(tick) : '')),
        // The axis is as wide as its longest number, and never so narrow that the first date of the other axis is cut.
        size: (_, values) => 20 + digitPx * Math.max(4, ...(values ?? []).map((value) => String(value).length)),
      },
    ],
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    hooks: { draw: [(plot) => drawMarks(plot, marks.current, colour('--quiet'))] },
    // Hours and days are written as everywhere else on these pages.
    fmtDate: (template) =>
      uPlot.fmtDate(
        template
          .replace(/\{h\}:\{mm\}( ?\{(aa|AA)\})?/, '{HH}:{mm}')
          .replace(/\{h\} ?\{(aa|AA)\}/, '{HH}:00')
          .replace('{M}/{D}/{YY}', '{YYYY}-{MM}-{DD}')
          .replace('{M}/{D}', '{MM}-{DD}'),
      ),
    cursor: { drag: { setScale: false } },
    legend: { markers: { fill: (_, at) => lineOf(treatments[at - 1] ?? '') } },
  }
}

function drawMarks({ ctx, bbox, valToPos }: uPlot, times: readonly number[], stroke: string) {
  ctx.save()
  ctx.strokeStyle = stroke
  ctx.setLineDash([4, 4])
  for (const time of times) {
    const x = valToPos(time / 1000, 'x', true)
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
