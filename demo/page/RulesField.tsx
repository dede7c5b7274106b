/** @jsxImportSource preact */
import { ConditionsField } from './ConditionsField'
import { labelOf } from './conditionDraft'
import { newRule, type RuleDraft } from './flagDraft'
import { PartitionsField } from './PartitionsField'
import { RemoveButton } from './RemoveButton'

interface RulesFieldProps {
  rules: readonly RuleDraft[]
  treatments: readonly string[]
  trafficType: string
  onChange: (rules: readonly RuleDraft[]) => void
}

/** The targeting rules, in the order in which they are asked. */
export function RulesField({ rules, treatments, trafficType, onChange }: RulesFieldProps) {
  return (
    <div class="stack">
      <ol class="rules">
        {rules.map((rule, at) => (
          <RuleField
            key={rule.id}
            rule={rule}
            treatments={treatments}
            trafficType={trafficType}
            onChange={(next) => onChange(rules.map((each) => (each === rule ? next : each)))}
            onRemove={() => onChange(rules.filter((other) => other !== rule))}
            onMoveUp={() => {
              const [before] = rules.slice(Math.max(0, at - 1), at)
              if (before) onChange([...rules.slice(0, at - 1), rule, before, ...rules.slice(at + 1)])
            }}
          />
        ))}
      </ol>
      <div>
        <button type="button" onClick={() => onChange([...rules, newRule()])}>
          Add a rule
        </button>
      </div>
    </div>
  )
}

interface RuleFieldProps {
  rule: RuleDraft
  treatments: readonly string[]
  trafficType: string
  onChange: (rule: RuleDraft) => void
  onRemove: () => void
  onMoveUp: () => void
}

function RuleField({ rule, treatments, trafficType, onChange, onRemove, onMoveUp }: RuleFieldProps) {
  const { conditions } = rule
  return (
    <li>
      <div class="bar">
        <strong>{labelOf(rule, trafficType) || 'New rule'}</strong>
        <span class="buttons">
          <button type="button" class="small" onClick={onMoveUp}>
            Move up
          </button>
          <RemoveButton onRemove={onRemove}>Remove rule</RemoveButton>
        </span>
      </div>
      <ConditionsField conditions={conditions} onChange={(next) => onChange({ ...rule, conditions: next })} />
      <PartitionsField
        legend="Serve"
        treatments={treatments}
        sizes={rule.sizes}
        onChange={(sizes) => onChange({ ...rule, sizes })}
      />
    </li>
  )
}
