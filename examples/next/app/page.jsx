import { connection } from 'next/server'
import { PennonProvider } from 'pennon/react'
import { loadBootstrap } from 'pennon/server'
import { settings } from '../settings'
import { Checkout } from './checkout'

/** Definitions are the same for everybody for half a minute; memberships are one user's. */
const cached = (url, init) => fetch(url, url.includes('/splitChanges') ? { ...init, next: { revalidate: 30 } } : init)

export default async function Page() {
  // For whoever asks: a real page takes the key from its session.
  await connection()
  const bootstrap = await loadBootstrap({ ...settings, fetch: cached })
  return (
    <PennonProvider settings={{ ...settings, bootstrap }}>
      <Checkout />
    </PennonProvider>
  )
}
