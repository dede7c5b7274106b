import { createClient } from 'pennon'
import { settings } from './settings.js'

// The definitions that the server decided by stand in the page.
const bootstrap = JSON.parse(document.querySelector('#bootstrap').textContent)
const client = createClient({ ...settings, bootstrap })
const place = document.querySelector('#app')

const show = () => {
  place.textContent = client.getTreatment('checkout_v2') === 'on' ? 'New checkout' : 'Old checkout'
}
await client.whenReadyFromCache()
show()
client.on('update', ({ names }) => names.includes('checkout_v2') && show())
place.addEventListener('click', () => client.track('checkout', { trafficType: 'user' }))
