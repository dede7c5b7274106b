import { createRoot } from 'react-dom/client'
import { PennonProvider, useClient, useTreatment } from 'pennon/react'
import { settings } from './settings'

const Checkout = () => {
  const client = useClient()
  const isNew = useTreatment('checkout_v2') === 'on'
  return (
    <button onClick={() => client.track('checkout', { trafficType: 'user' })}>
      {isNew ? 'New checkout' : 'Old checkout'}
    </button>
  )
}

createRoot(document.querySelector('#app') as HTMLElement).render(
  <PennonProvider settings={settings}>
    <Checkout />
  </PennonProvider>,
)
