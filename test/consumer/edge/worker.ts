import { createClient, type Settings } from 'pennon'
import { PennonProvider, useTreatment } from 'pennon/react'
import { loadBootstrap, serializeBootstrap, type LoadBootstrapSettings } from 'pennon/server'
import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'

const Checkout = () => useTreatment('checkout_v2')

/** What the worker does, by the path of the request. The test sends the settings as the body. */
const answers: Record<string, (settings: Settings & LoadBootstrapSettings) => Promise<string>> = {
  '/load': async (settings) => serializeBootstrap(await loadBootstrap(settings)),
  '/render': async (settings) => {
    const client = createClient(settings)
    const treatment = client.getTreatment('checkout_v2')
    const html = renderToString(h(PennonProvider, { settings }, h(Checkout)))
    // Work that the clients began gets its turn before the end.
    await new Promise((done) => setTimeout(done))
    await client.destroy()
    return JSON.stringify({ treatment, html })
  },
  '/decide': async (settings) => {
    const client = createClient(settings)
    const { ready } = await client.whenReady()
    const treatment = client.getTreatment('checkout_v2')
    await client.flush()
    await client.destroy()
    return JSON.stringify({ ready, treatment })
  },
}

export default {
  async fetch(request: Request): Promise<Response> {
    const answer = answers[new URL(request.url).pathname]
    const settings = (await request.json()) as Settings & LoadBootstrapSettings
    return answer ? new Response(await answer(settings)) : new Response(null, { status: 404 })
  },
}
