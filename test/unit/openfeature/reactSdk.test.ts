// @vitest-environment happy-dom
import { OpenFeatureProvider, useBooleanFlagDetails } from '@openfeature/react-sdk'
import { OpenFeature } from '@openfeature/web-sdk'
import { act, createElement as h } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, expect, it, vi } from 'vitest'
import { createPennonProvider } from '../../../src/openfeature/createPennonProvider'
import { createTestClient } from '../../../src/testing/createTestClient'

let root: Root
afterEach(async () => {
  await act(async () => root.unmount())
  await OpenFeature.clearProviders()
  await OpenFeature.clearContexts()
})

it("OpenFeature's own React SDK draws again when a flag changes", async () => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  const client = createTestClient({ flags: { a: 'on' } })
  await OpenFeature.setContext({ targetingKey: 'ana' })
  await OpenFeature.setProviderAndWait(createPennonProvider({ client }))
  const Flag = () => {
    const { value, variant } = useBooleanFlagDetails('a', false)
    return `${value} ${variant}`
  }
  const place = document.createElement('div')
  root = createRoot(place)
  await act(async () => root.render(h(OpenFeatureProvider, null, h(Flag))))
  expect(place.textContent).toBe('true on')
  await act(async () => client.set('a', 'off'))
  expect(place.textContent).toBe('false off')
  expect(client.recorded.impressions[0]).toMatchObject({ flag: 'a', key: 'ana', treatment: 'on' })
})
