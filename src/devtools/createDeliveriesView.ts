import { createGrid } from './createGrid'
import { element } from './element'
import { timeElement } from './timeElement'
import type { RecordedDelivery, Recorder } from './createRecorder'
import type { View } from './view'

const TONES: Record<string, string> = { sent: 'good', refused: 'bad', blocked: 'bad', dropped: 'bad' }
const KINDS: Record<string, string> = { uniqueKeys: 'unique keys' }

/** The view of deliveries: what left the page, and what did not. */
export function createDeliveriesView(recorder: Recorder): View {
  const grid = createGrid<RecordedDelivery>({
    name: 'Deliveries',
    className: 'deliveries',
    isTail: true,
    columns: [
      { name: 'Time', className: 'time', cell: ({ time }) => timeElement(time, 'time') },
      {
        name: 'What',
        className: 'name',
        cell: ({ delivery: { count, kind } }) => `${count} ${KINDS[kind] ?? kind}`,
      },
      {
        name: 'Outcome',
        className: 'fate',
        cell: ({ delivery: { outcome, status } }) =>
          element('span', { class: `fate-word ${TONES[outcome] ?? ''}` }, status ? `${outcome}, ${status}` : outcome),
      },
      { name: 'By', className: 'by', cell: ({ delivery: { transport } }) => transport },
      { name: 'Because', className: 'reason', cell: ({ delivery: { reason } }) => reason },
    ],
    idOf: ({ id }) => String(id),
    stampOf: () => '',
    onOpen: () => undefined,
  })
  return {
    name: 'Deliveries',
    node: element('div', { class: 'stack' }, grid.node),
    refresh() {
      grid.show(
        recorder.deliveries(),
        'None since this panel listens. Impressions go out every few minutes, when “Send now” is pressed, and when the page is left.',
      )
    },
  }
}
