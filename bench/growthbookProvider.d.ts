// The part of GrowthBook's provider for OpenFeature that bench:react uses: its package is installed under bench/peers, where the
// compiler does not look.
declare module '@openfeature/growthbook-client-provider' {
  import type { Provider } from '@openfeature/web-sdk'

  interface Payload {
    features: Record<string, { defaultValue: string }>
  }

  export const GrowthbookClientProvider: new (
    context: object,
    options: { payload: Payload },
  ) => Provider & { readonly client: { setPayload(payload: Payload): Promise<void> } }
}
