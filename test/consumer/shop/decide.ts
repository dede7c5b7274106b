import { createClient, type Client } from 'pennon'
import { parseConfig } from 'pennon/config'
import { hashKey } from 'pennon/hash'
import type { Flags } from './flags.js'

/** The text of the shop for one user. */
export async function decide(apiUrl: string): Promise<string> {
  const client: Client<Flags> = createClient<Flags>({
    sdkKey: 'shop-key',
    key: await hashKey('ana@example.com', 'shop'),
    urls: { sdk: apiUrl, auth: apiUrl, events: apiUrl, telemetry: apiUrl, streaming: apiUrl },
    updatePolicy: 'nextLoad',
  })
  const { ready } = await client.whenReady()
  const { treatment, config } = client.getTreatmentWithConfig('product_card')
  const columns = parseConfig(config)?.columns ?? 0
  const { checkout_v2: checkout } = client.getTreatments(['checkout_v2'])
  await client.flush()
  await client.destroy()
  return JSON.stringify({ ready, treatment, columns, checkout })
}
