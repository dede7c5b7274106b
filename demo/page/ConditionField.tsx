/** @jsxImportSource preact */
import type { ConditionDraft } from './conditionDraft'
import { operators, type Takes } from './operators'
import { RemoveButton } from './RemoveButton'

/** Hints for the value of an operator. */
const hints: Record<Takes, string> = {
  list: 'a, b, c',
  text: '^user-\\d+$',
  number: '21',
  range: '18, 65',
  date: '2026-11-21T09:30Z',
  dates: '2026-11-21, 2026-11-28',
  boolean: 'true',
  version: '1.2.3',
  versions: '1.2.0, 2.0.0',
  segment: 'employees',
}

interface ConditionFieldProps {
  condition: ConditionDraft
  onChange: (condition: ConditionDraft) => void
  onRemove: () => void
}

/** The fields of one condition: the key or an attribute, the operator, and the values. */
export function ConditionField({ condition, onChange, onRemove }: ConditionFieldProps) {
  const { operator, attribute, negate, text } = condition
  const { of = 'both', takes = 'list' } = operators[operator] ?? {}
  const set = (change: Partial<ConditionDraft>) => onChange({ ...condition, ...change })
  return (
    <div class="condition">
      <select
        aria-label="is or is not"
        value={negate ? 'not' : ''}
        onChange={({ currentTarget }) => set({ negate: currentTarget.value === 'not' })}
      >
        <option value="">if</option>
        <option value="not">if not</option>
      </select>
      <input
        aria-label="attribute"
        autoComplete="off"
        spellcheck={false}
        disabled={of === 'key'}
        placeholder={of === 'attribute' ? 'name of the attribute' : 'the key itself'}
        value={attribute}
        onInput={({ currentTarget }) => set({ attribute: currentTarget.value })}
      />
      <select
        aria-label="condition"
        value={operator}
        onChange={({ currentTarget }) => set({ operator: currentTarget.value })}
      >
        {Object.entries(operators).map(([name, { name: words }]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
      <input
        aria-label="value"
        autoComplete="off"
        spellcheck={false}
        placeholder={hints[takes]}
        value={text}
        onInput={({ currentTarget }) => set({ text: currentTarget.value })}
      />
      <RemoveButton label="Remove this condition" onRemove={onRemove}>
        ×
      </RemoveButton>
    </div>
  )
}
