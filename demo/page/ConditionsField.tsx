/** @jsxImportSource preact */
import { newCondition, type ConditionDraft } from './conditionDraft'
import { ConditionField } from './ConditionField'

interface ConditionsFieldProps {
  /** The conditions; missing where the page has no fields for one of them. */
  conditions: ConditionDraft[] | undefined
  onChange: (conditions: ConditionDraft[]) => void
}

/** The conditions of a rule, all of which must hold. */
export function ConditionsField({ conditions, onChange }: ConditionsFieldProps) {
  if (!conditions) return <p class="quiet">This page has no fields for its conditions; they stay as they are.</p>
  return (
    <>
      <div class="conditions">
        {conditions.map((condition) => (
          <ConditionField
            key={condition.id}
            condition={condition}
            onChange={(next) => onChange(conditions.map((each) => (each === condition ? next : each)))}
            onRemove={() => onChange(conditions.filter((other) => other !== condition))}
          />
        ))}
      </div>
      <div>
        <button type="button" class="small" onClick={() => onChange([...conditions, newCondition()])}>
          And…
        </button>
      </div>
    </>
  )
}
