/** A row's expectation and what pennon answered, as far as a difference needs them. */
export interface Case {
  /** The treatment and label that the row expects, mapped to this SDK's labels. */
  expected: { treatment: string; label: string | null; changeNumber?: number | undefined; imp?: string | undefined }
  actual: { treatment: string; label: string | null; changeNumber?: number | undefined; imp?: string | undefined }
  /** The definition of the flag that was asked for. */
  definition: { killed?: unknown; status?: unknown; conditions?: unknown } | undefined
  /** The condition that matched, as `explain` says. */
  matched: { label?: unknown; partitions?: unknown } | undefined
  /** The official SDK threw. */
  isThrow: boolean
}

/**
 * Where this SDK answers otherwise on purpose. `applies` says when, from the definition and the call alone; `holds` says
 * what must be there instead. A row that differs without a cause fails, and so does one whose cause does not hold.
 */
export const DIFFERENCES: { cause: string; applies: (row: Case) => boolean; holds: (row: Case) => boolean }[] = [
  {
    cause: 'a matched rule without a label is labelled with its generated summary, and makes an impression',
    applies: ({ matched, isThrow }) => !isThrow && !!matched && typeof matched.label !== 'string',
    holds: ({ expected, actual }) =>
      actual.treatment === expected.treatment &&
      actual.changeNumber === expected.changeNumber &&
      !!actual.label &&
      !actual.label.endsWith('no rule matched') &&
      actual.imp !== 'none',
  },
  {
    cause: 'a killed flag is killed even when the rest of its definition is broken',
    applies: ({ definition, isThrow }) => isThrow && !!definition?.killed && definition.status !== 'ARCHIVED',
    holds: ({ actual }) => actual.label === 'killed',
  },
  {
    cause: 'an archived flag is archived even when the rest of its definition is broken',
    applies: ({ definition, isThrow }) => isThrow && definition?.status === 'ARCHIVED',
    holds: ({ actual }) => actual.treatment === 'control' && actual.label === 'archived',
  },
  {
    cause: 'a flag named as a member of every object, and not defined, is not found',
    applies: ({ definition, isThrow }) => isThrow && definition === undefined,
    holds: ({ actual }) => actual.treatment === 'control' && actual.label === 'definition not found',
  },
]
