import { PennonProvider, useClient, useTreatment } from 'pennon/react'
import type { Bootstrap } from 'pennon/server'
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

export const App = ({ bootstrap }: { bootstrap: Bootstrap | null | undefined }) => (
  <PennonProvider settings={{ ...settings, bootstrap }}>
    <Checkout />
  </PennonProvider>
)
