/** @jsxImportSource preact */
import { amount } from './amount'
import { CardsTable } from './CardsTable'
import type { Decisions } from './createDecisions'
import type { Decision } from './decideAll'
import { pageAddress } from './environment'
import { ExplanationView } from './ExplanationView'
import { Moment, NotAvailable } from './Moment'
import { Treatment } from './Treatment'

const heads = ['Flag', 'Treatment', 'Label', 'Config', 'Version', 'Traffic type', 'Why']

/** Every flag's decision for the user, with the explanation of the one that is chosen. */
export function DecisionsTable({ decisions: all }: { decisions: Decisions }) {
  const { value: shown } = all.shown
  const { length } = all.decisions.value
  return (
    <section class="card" aria-labelledby="flags-title">
      <div class="bar">
        <h2 id="flags-title">
          Flags{' '}
          <span class="count" id="flags-count">
            {shown.length === length ? amount(length) : `${amount(shown.length)} of ${amount(length)}`}
          </span>
        </h2>
        <div class="field inline">
          <label for="filter">Filter</label>
          <input
            id="filter"
            type="search"
            autoComplete="off"
            spellcheck={false}
            value={all.filter}
            onInput={({ currentTarget }) => (all.filter.value = currentTarget.value)}
          />
        </div>
      </div>
      <CardsTable id="flags" name="flags" heads={heads}>
        {shown.map((decision) => (
          <DecisionRow key={decision.flag} decision={decision} all={all} />
        ))}
        {shown.length === 0 && (
          <tr role="row">
            <td role="cell" colSpan={heads.length} class="quiet">
              {length === 0 ? 'No flags yet.' : 'No flag has this in its name, treatment or label.'}
            </td>
          </tr>
        )}
      </CardsTable>
    </section>
  )
}

function DecisionRow({ decision, all }: { decision: Decision; all: Decisions }) {
  const { flag, treatment, label, config, changeNumber, explanation } = decision
  const definition = all.definitions.value.get(flag)
  const isOpen = all.explained.value === flag
  return (
    <>
      <tr role="row">
        <th scope="row" role="rowheader" class="text" data-label="Flag">
          {flag} {definition?.['killed'] === true && <span class="badge">killed</span>}{' '}
          {definition?.['impressionsDisabled'] === true && <span class="badge">tracking off</span>}
        </th>
        <td role="cell" data-label="Treatment">
          <Treatment of={treatment} />
        </td>
        <td role="cell" class="text" data-label="Label">
          {label ?? <NotAvailable />}
        </td>
        <td role="cell" class="text" data-label="Config">
          {config === null ? <span class="quiet">none</span> : <code>{config}</code>}
        </td>
        <td role="cell" data-label="Version">
          <Moment at={changeNumber} to="minutes" />
        </td>
        <td role="cell" data-label="Traffic type">
          {definition?.trafficTypeName ?? 'user'}
        </td>
        <td role="cell" class="act">
          <button
            type="button"
            class="small"
            aria-label={`Why ${flag}`}
            aria-expanded={isOpen}
            onClick={() => (all.explained.value = isOpen ? '' : flag)}
          >
            Why
          </button>
          <a class="button small" aria-label={`Rows of ${flag}`} href={rowsOf(flag, all.fields.key.value.trim())}>
            Rows
          </a>
        </td>
      </tr>
      {isOpen && explanation && (
        <tr role="row" class="explanation">
          <td role="cell" colSpan={heads.length}>
            <ExplanationView of={explanation} trackingOffSince={untrackedSince(definition)} />
          </td>
        </tr>
      )}
    </>
  )
}

const rowsOf = (flag: string, key: string) => pageAddress('/impressions.html', { flag, key })

const untrackedSince = (definition: { changeNumber?: number; [member: string]: unknown } | undefined) =>
  definition?.['impressionsDisabled'] === true ? definition.changeNumber : undefined
