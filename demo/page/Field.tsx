/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'

interface FieldProps {
  id: string
  label: string
  hint: string
  children: ComponentChildren
}

/** A field with its label above and its hint below; the field names the hint as `${id}-hint`. */
export function Field({ id, label, hint, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      <p class="quiet hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  )
}
