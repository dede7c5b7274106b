const api = document.querySelector('meta[name=api]').content
const client = pennon.createClient({
  sdkKey: 'shop-key',
  key: 'ana',
  urls: { sdk: api, auth: api, events: api, telemetry: api, streaming: api },
})
client.whenReady().then(({ ready }) => {
  const treatment = client.getTreatment('product_card')
  document.documentElement.dataset.shop = JSON.stringify({ ready, treatment })
})
