import { element } from './element'
import type { PartitionExplanation } from '../late/explain/types'

/** A bar of the hundred buckets: which treatment each part gets, and where the key falls. */
export function partitionBar(partitions: readonly PartitionExplanation[], bucket?: number): HTMLElement {
  let end = 0
  const parts = partitions.map(({ treatment, size }, index) => {
    const from = Math.floor(end) + 1
    end += size
    const to = Math.floor(end)
    const isHit = bucket !== undefined && bucket >= from && bucket <= to
    const range = to < from ? 'nobody' : to === from ? `${to}` : `${from}–${to}`
    return { treatment, size, index, isHit, range }
  })
  const words = parts.map(({ treatment, range }) => `${treatment} ${range}`).join(', ')
  const marker = element('span', { class: 'marker' })
  marker.style.left = `${(bucket ?? 0) - 0.5}%`
  return element(
    'div',
    { class: 'partitions' },
    element(
      'div',
      { class: 'bar', role: 'img', 'aria-label': `${bucket === undefined ? '' : `Bucket ${bucket} of 100. `}${words}` },
      parts.map(({ size, index, isHit }) => {
        const part = element('span', { class: `part part-${index % 5}${isHit ? ' hit' : ''}` })
        part.style.flexGrow = String(size)
        return size > 0 && part
      }),
      bucket !== undefined && marker,
    ),
    element(
      'ul',
      { class: 'legend' },
      parts.map(({ treatment, index, isHit, range, size }) =>
        element(
          'li',
          { class: isHit ? 'hit' : undefined },
          element('span', { class: `swatch part-${index % 5}` }),
          element('span', { class: 'name' }, treatment),
          ` ${size} %`,
          element('span', { class: 'quiet' }, range === 'nobody' ? ' nobody' : ` buckets ${range}`),
        ),
      ),
    ),
  )
}
