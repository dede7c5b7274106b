'use client'

import { PennonProvider, useClient, useTreatment } from 'pennon/react'

export const Shop = ({ settings }) => (
  <PennonProvider settings={settings}>
    <Checkout />
  </PennonProvider>
)

function Checkout() {
  const client = useClient()
  const isNew = useTreatment('checkout_v2') === 'on'
  return (
    <button id="app" onClick={() => client.track('checkout', { trafficType: 'user' })}>
      {isNew ? 'New checkout' : 'Old checkout'}
    </button>
  )
}
