// What bench:react uses of the official React SDK, which is installed apart.
declare module '@splitsoftware/splitio-react' {
  import type { FunctionComponent, ReactNode } from 'react'

  export const SplitFactoryProvider: FunctionComponent<{ config: object; children?: ReactNode }>
  export function useSplitTreatments(options: { names: string[] }): {
    treatments: Record<string, { treatment: string }>
  }
}
