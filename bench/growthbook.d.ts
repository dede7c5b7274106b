// The part of GrowthBook that the benches use: its package is installed under bench/peers, where the compiler does not look.
declare module '@growthbook/growthbook' {
  export class GrowthBook {
    constructor(options: {
      apiHost?: string
      clientKey?: string
      attributes: Record<string, unknown>
      features?: Record<string, unknown>
      trackingCallback: () => void
    })
    init(): Promise<{ success: boolean }>
    getFeatureValue(flag: string, fallback: string): string
    destroy(): void
  }
}
