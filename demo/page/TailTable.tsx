/** @jsxImportSource preact */
import { useSignal } from '@preact/signals'
import { Component, type ComponentChildren } from 'preact'
import type { StoredEvent, StoredImpression } from '../server/types'
import { CardsTable } from './CardsTable'
import type { TailRows } from './createTailRows'
import { Moment, NotAvailable } from './Moment'
import { RowDialog } from './RowDialog'
import { Treatment } from './Treatment'

type Column<Row> = readonly [
  name: string,
  cell: (row: Row) => ComponentChildren,
  kind?: 'text' | 'key' | 'head' | 'moment' | 'version' | 'short',
]

const impressionColumns: readonly Column<StoredImpression>[] = [
  ['Received', ({ receivedAt }) => <Moment at={receivedAt} to="milliseconds" />, 'moment'],
  ['Flag', ({ flag }) => flag, 'head'],
  ['Treatment', ({ treatment }) => <Treatment of={treatment} />],
  ['Label', ({ label }) => label ?? <NotAvailable />, 'text'],
  [
    'Key',
    ({ key, bucketingKey }) => (
      <>
        {key}
        {bucketingKey !== null && <span class="quiet block">bucketed by {bucketingKey}</span>}
      </>
    ),
    'key',
  ],
  ['Time', ({ time }) => <Moment at={time} to="milliseconds" />, 'moment'],
  ['Definition version', ({ changeNumber }) => <Moment at={changeNumber} to="minutes" />, 'version'],
  ['Traffic type', ({ trafficTypeName }) => trafficTypeName, 'short'],
  ['Environment', ({ environmentName }) => environmentName],
  ['SDK and version', ({ sdk }) => sdk ?? <NotAvailable />, 'short'],
  ['Transport', ({ transport }) => transport],
]

const eventColumns: readonly Column<StoredEvent>[] = [
  ['Received', ({ receivedAt }) => <Moment at={receivedAt} to="milliseconds" />, 'moment'],
  ['Event', ({ type }) => type, 'head'],
  ['Value', ({ value }) => (value === null ? <NotAvailable /> : String(value))],
  ['Key', ({ key }) => key, 'key'],
  ['Time', ({ time }) => <Moment at={time} to="milliseconds" />, 'moment'],
  ['Properties', ({ properties }) => (properties === null ? <NotAvailable /> : <code>{properties}</code>), 'text'],
  ['Traffic type', ({ trafficTypeName }) => trafficTypeName, 'short'],
  ['Environment', ({ environmentName }) => environmentName],
  ['SDK and version', ({ sdk }) => sdk ?? <NotAvailable />, 'short'],
  ['Transport', ({ transport }) => transport],
]

/** The impressions received, newest first; on a phone each is a card. */
export const ImpressionsTail = ({ rows }: { rows: TailRows<StoredImpression> }) => (
  <TailTable id="tail" name="impressions" columns={impressionColumns} rows={rows} />
)

/** The events received, newest first. */
export const EventsTail = ({ rows }: { rows: TailRows<StoredEvent> }) => (
  <TailTable id="events" name="events" columns={eventColumns} rows={rows} />
)

interface TailTableProps<Row extends StoredImpression | StoredEvent> {
  id: string
  name: string
  columns: readonly Column<Row>[]
  rows: TailRows<Row>
}

function TailTable<Row extends StoredImpression | StoredEvent>({ id, name, columns, rows }: TailTableProps<Row>) {
  /** The row whose JSON is shown. */
  const opened = useSignal<Row | undefined>(undefined)
  return (
    <>
      <CardsTable
        id={id}
        name={name}
        heads={[...columns.map(([head]) => head), 'JSON']}
        isTall
        after={rows.shown.value.length === 0 && <p class="quiet none">None so far.</p>}
      >
        {rows.shown.value.map((row) => (
          <TailRow
            key={row.id}
            row={row}
            columns={columns as readonly Column<never>[]}
            onOpen={() => (opened.value = row)}
          />
        ))}
      </CardsTable>
      {opened.value && <RowDialog row={opened.value} onClose={() => (opened.value = undefined)} />}
    </>
  )
}

interface TailRowProps {
  row: StoredImpression | StoredEvent
  columns: readonly Column<never>[]
  onOpen: () => void
}

/** A row is drawn once, because it never changes: it costs nothing when others come. */
class TailRow extends Component<TailRowProps> {
  override shouldComponentUpdate() {
    return false
  }

  render({ row, columns, onOpen }: TailRowProps) {
    return (
      <tr role="row" class="tail">
        {columns.map(([head, cell, kind]) =>
          kind === 'head' ? (
            <th key={head} scope="row" role="rowheader" class="text" data-label={head}>
              {cell(row as never)}
            </th>
          ) : (
            <td key={head} role="cell" class={kind} data-label={head}>
              {cell(row as never)}
            </td>
          ),
        )}
        <td role="cell" class="act">
          <button type="button" class="small" aria-label={`JSON of row ${row.id}`} onClick={onOpen}>
            {'{ }'}
          </button>
        </td>
      </tr>
    )
  }
}
