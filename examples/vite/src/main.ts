import { createClient } from 'pennon'
import { settings } from './settings'

const client = createClient(settings)
const place = document.querySelector('#app') as HTMLElement

await client.whenReady()
place.textContent = client.getTreatment('checkout_v2') === 'on' ? 'New checkout' : 'Old checkout'
place.addEventListener('click', () => client.track('checkout', { trafficType: 'user' }))
