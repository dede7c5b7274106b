import { connection } from 'next/server'
import { loadBootstrap } from 'pennon/server'
import { keptDefinitions, settings } from '../settings'
import { Shop } from './shop'

export default async function Page() {
  await connection()
  const bootstrap = await loadBootstrap({ ...settings, fetch: keptDefinitions })
  return <Shop settings={{ ...settings, bootstrap }} />
}
