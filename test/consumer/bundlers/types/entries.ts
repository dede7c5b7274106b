import { createClient, PennonSettingsError, type Client } from 'pennon'
import { SplitFactory } from 'pennon/compat'
import { parseConfig } from 'pennon/config'
import { mountDevtools } from 'pennon/devtools'
import { createClient as createFullClient } from 'pennon/full'
import { hashKey } from 'pennon/hash'
import { webhook } from 'pennon/integrations/webhook'
import { createPennonProvider } from 'pennon/openfeature'
import { PennonProvider } from 'pennon/react'
import { loadBootstrap } from 'pennon/server'
import { createTestClient } from 'pennon/testing'

interface Flags {
  checkout: 'on' | 'off'
  banner: { treatment: 'blue' | 'off'; config: { text: string } | null }
}

const client: Client<Flags> = createClient<Flags>({ sdkKey: 'key', key: 'user' })
const treatment: 'on' | 'off' | 'control' = client.getTreatment('checkout')
const text: string | undefined = parseConfig(client.getTreatmentWithConfig('banner').config)?.text
// @ts-expect-error A name that is no flag is noticed: the types were found.
client.getTreatment('chekout')

export const used: unknown[] = [
  treatment,
  text,
  PennonSettingsError,
  SplitFactory,
  mountDevtools,
  createFullClient,
  hashKey,
]
export const more: unknown[] = [webhook, createPennonProvider, PennonProvider, loadBootstrap, createTestClient]
