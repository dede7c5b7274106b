'use client'

import { useClient, useTreatment } from 'pennon/react'

export function Checkout() {
  const client = useClient()
  const isNew = useTreatment('checkout_v2') === 'on'
  return (
    <button id="app" onClick={() => client.track('checkout', { trafficType: 'user' })}>
      {isNew ? 'New checkout' : 'Old checkout'}
    </button>
  )
}
