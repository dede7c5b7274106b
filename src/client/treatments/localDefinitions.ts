import { readTreatment } from '../../shared/readTreatment'

/** Flags given in code, as the service would answer them: one rule for everybody. What is no treatment is left out. */
export function localDefinitions(flags: object, warn: (line: string, name: string) => void): unknown {
  const d = Object.entries(flags).flatMap(([name, given]) => {
    const { treatment, config } = readTreatment(given) ?? {}
    if (treatment === undefined) {
      warn('local flag ignored', name)
      return []
    }
    return {
      name,
      trafficTypeName: 'localhost',
      changeNumber: 0,
      defaultTreatment: 'control',
      configurations: config ? { [treatment]: config } : {},
      conditions: [
        {
          conditionType: 'ROLLOUT',
          label: 'default rule',
          matcherGroup: { matchers: [{ matcherType: 'ALL_KEYS' }] },
          partitions: [{ treatment, size: 100 }],
        },
      ],
    }
  })
  return { ff: { d, t: 0 } }
}
