import { createElement as h, useEffect, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { OpenFeature } from '@openfeature/web-sdk'
import { OpenFeatureProvider, useStringFlagValue } from '@openfeature/react-sdk'
import { createClient } from 'pennon'
import { createPennonProvider } from 'pennon/openfeature'
import { PennonProvider, useTreatment } from 'pennon/react'
import { GrowthbookClientProvider } from '@openfeature/growthbook-client-provider'
import { SplitFactoryProvider, useSplitTreatments } from '@splitsoftware/splitio-react'

/** The address of the service, and how much is drawn. */
export interface Run {
  apiUrl: string
  flags: number
  components: number
}

export type Name =
  | 'pennon/react'
  | '@splitsoftware/splitio-react'
  | '@openfeature/react-sdk on pennon/openfeature'
  | '@openfeature/react-sdk on GrowthBook'

let drawn = 0
/** Changes the first flag, where the page has to do it: there is no server of GrowthBook here. */
let change: (() => Promise<void>) | undefined

const nameOf = (place: number, flags: number) => `flag_${place % flags}`

/** The same page for everybody: so many components, each on one flag. */
const page = ({ flags, components }: Run, useFlag: (name: string) => string): ReactNode => {
  const Component = ({ name }: { name: string }) => {
    const treatment = useFlag(name)
    useEffect(() => void drawn++)
    return h('i', null, treatment)
  }
  return Array.from({ length: components }, (_, place) => h(Component, { name: nameOf(place, flags), key: place }))
}

const contenders: Record<Name, (run: Run) => Promise<ReactNode> | ReactNode> = {
  'pennon/react': (run) =>
    h(
      PennonProvider,
      { client: createClient({ sdkKey: 'bench', key: 'user', urls: urlsOf(run) }) },
      page(run, (name) => useTreatment(name)),
    ),
  '@splitsoftware/splitio-react': (run) =>
    h(
      SplitFactoryProvider,
      {
        config: {
          core: { authorizationKey: 'bench', key: 'user' },
          urls: { ...urlsOf(run), streaming: run.apiUrl },
          sync: { impressionsMode: 'OPTIMIZED' },
        },
      },
      page(run, (name) => useSplitTreatments({ names: [name] }).treatments[name]?.treatment ?? 'control'),
    ),
  '@openfeature/react-sdk on pennon/openfeature': async (run) => {
    await OpenFeature.setContext({ targetingKey: 'user' })
    await OpenFeature.setProviderAndWait(createPennonProvider({ sdkKey: 'bench', urls: urlsOf(run) }))
    return withOpenFeature(run)
  },
  '@openfeature/react-sdk on GrowthBook': async (run) => {
    const payload = (first: string) => ({
      features: Object.fromEntries(
        Array.from({ length: run.flags }, (_, place) => [
          nameOf(place, run.flags),
          { defaultValue: place ? 'on' : first },
        ]),
      ),
    })
    const provider = new GrowthbookClientProvider({}, { payload: payload('on') })
    await OpenFeature.setContext({ id: 'user' })
    await OpenFeature.setProviderAndWait(provider)
    change = () => provider.client.setPayload(payload('off'))
    return withOpenFeature(run)
  },
}

const withOpenFeature = (run: Run) =>
  h(
    OpenFeatureProvider,
    null,
    page(run, (name) => useStringFlagValue(name, 'control')),
  )

const urlsOf = ({ apiUrl }: Run) => ({
  sdk: apiUrl,
  events: apiUrl,
  telemetry: apiUrl,
  auth: apiUrl,
  streaming: apiUrl,
})

/** Draws the page of one contender. Resolves when the page shows what it should. */
export async function start(name: Name, run: Run): Promise<number> {
  const place = document.body.appendChild(document.createElement('div'))
  createRoot(place).render(await contenders[name](run))
  await shows(place, 'on'.repeat(run.components))
  await settled()
  return drawn
}

/** Resolves when the change of one flag is shown, with the drawings since there were so many. */
export async function changed({ flags, components }: Run, before: number): Promise<number> {
  const place = document.body.lastElementChild as HTMLElement
  await change?.()
  const wanted = Array.from({ length: components }, (_, one) => (one % flags === 0 ? 'off' : 'on')).join('')
  await shows(place, wanted)
  await settled()
  return drawn - before
}

async function shows(place: HTMLElement, text: string): Promise<void> {
  while (place.textContent !== text) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Drawing is over when nothing was drawn for this long: what a library draws late is counted too. */
async function settled(): Promise<void> {
  const QUIET_MS = 500
  for (let last = -1; last !== drawn;) {
    last = drawn
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  }
}
