import {
  createElement,
  startTransition,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type FunctionComponent,
} from 'react'
import { isServer } from '../browser/isServer'
import { createClient } from '../client/createClient'
import { PennonSettingsError } from '../shared/errors'
import { Context, type Provided } from './context'
import type { Client } from '../client/types/client'
import type { Settings } from '../client/types/settings'
import type { PennonProviderProps } from './types'

/** A client, and whose it is in which environment. */
interface Live {
  id: string
  client: Client
}

/**
 * Says whose treatments the components below it get.
 *
 * No client is started while React draws, because React may throw the drawing away. Until the provider is on the page, and
 * on a server, answers come from `bootstrap` alone: `control`, or the fallback treatment, where there is none. Nothing is
 * recorded then.
 *
 * @throws PennonSettingsError for a mistake in the settings, or a client that is none, to the error boundary above
 * @example
 * <PennonProvider settings={{ sdkKey: 'YOUR_SDK_KEY', key: user.id }}>
 *   <App />
 * </PennonProvider>
 */
export const PennonProvider: FunctionComponent<PennonProviderProps> = ({ client, settings, children }) => {
  const { current, serverClient } = useClients(client, settings)
  const provided = useMemo<Provided>(
    () => ({
      client: current ?? serverClient,
      serverClient,
      decidable: current?.whenReadyFromCache(),
      subscribe(listener) {
        const offs = (['readyFromCache', 'ready', 'timeout', 'update'] as const).map((event) =>
          (current ?? serverClient).on(event, listener),
        )
        return () => offs.forEach((off) => off())
      },
    }),
    [current, serverClient],
  )
  return createElement(Context.Provider, { value: provided }, children)
}

/** The client in use, undefined before there is one, and the one that the server draws by. */
function useClients(given: Client | undefined, settings: Settings | undefined) {
  // Settings, say, or the promise of a client.
  if (given && !given.peek) throw new PennonSettingsError('client', 'must be a client')
  const id = idOf(settings)
  /** The client that this provider made. */
  const made = useRef<Live & { sdkKey: string }>(undefined)
  const isMounted = useRef(false)
  const [live, setLive] = useState<Live>()

  // It starts nothing and records nothing, so that React may make as many as it likes.
  const serverClient = useMemo(
    () => given ?? createClient({ ...(settings as Settings), server: 'always', consent: 'declined', logLevel: 'none' }),
    // Settings are read once per environment and user.
    [given, id],
  )

  // A layout effect runs before the page is painted. On a server it would not run, and React 18 says so in a warning.
  const useEarlyEffect = isServer() ? useEffect : useLayoutEffect
  useEarlyEffect(() => {
    if (!settings) return
    const { sdkKey } = settings
    if (made.current?.sdkKey !== sdkKey) {
      void made.current?.client.destroy()
      made.current = { id, sdkKey, client: createClient(settings) }
    }
    let { client } = made.current
    if (made.current.id !== id) {
      client = client.forKey(settings.key)
      if (settings.attributes) client.setAttributes(settings.attributes)
    }
    const take = () => setLive({ id, client })
    // What the server drew is taken over part by part: React 18 would draw anew what is changed before its turn.
    if (settings.bootstrap) startTransition(take)
    else take()
  }, [given, id])

  useEffect(() => {
    isMounted.current = true
    return () => {
      isMounted.current = false
      // StrictMode takes effects back and runs them again at once: that is no end.
      queueMicrotask(() => {
        if (isMounted.current) return
        void made.current?.client.destroy()
        made.current = undefined
        // A part of the page that is put aside (`Activity`) keeps its state, and comes back with it.
        setLive(undefined)
      })
    }
  }, [])

  // The old client answers for no other user and no other environment.
  return { current: given ?? (live?.id === id ? live.client : undefined), serverClient }
}

/** Tells environments and their users apart. */
function idOf({ sdkKey, key }: Partial<Settings> = {}): string {
  // A key of null, which `createClient` refuses, is looked into as well.
  const { matchingKey = key, bucketingKey } = Object(key) as { matchingKey?: unknown; bucketingKey?: unknown }
  return [sdkKey, matchingKey, bucketingKey].join('\n')
}
