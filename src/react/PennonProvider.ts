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

/** A client that is in use. */
interface Live {
  /** The environment and the user that it is for, as `idOf` tells them apart. */
  id: string
  client: Client
}

/**
 * Gives the components below it the treatments of one user.
 *
 * No client is started while React draws, because React may throw the drawing away. Until the provider is on the page, and
 * on a server, answers come from `bootstrap` alone: without it they are `control`, or the fallback treatment. Nothing is
 * recorded then.
 *
 * @throws PennonSettingsError, to the error boundary above, for a mistake in the settings or a `client` that is no client
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

/**
 * @returns `current`, the client in use, which is undefined before there is one; and `serverClient`, which decides what a server draws
 */
function useClients(given: Client | undefined, settings: Settings | undefined) {
  // Settings, or the promise of a client, may be given by mistake.
  if (given && !given.peek) throw new PennonSettingsError('client', 'must be a client')
  const id = idOf(settings)
  /** The client that this provider made. */
  const made = useRef<Live & { sdkKey: string }>(undefined)
  const isMounted = useRef(false)
  const [live, setLive] = useState<Live>()

  // This client starts nothing and records nothing, so that React may make as many as it likes.
  const serverClient = useMemo(
    () => given ?? createClient({ ...(settings as Settings), server: 'always', consent: 'declined', logLevel: 'none' }),
    // Settings are read once per environment and user.
    [given, id],
  )

  // A layout effect runs before the page is painted. On a server it would not run, and React 18 says so in a warning.
  const useEarlyEffect = isServer() ? useEffect : useLayoutEffect
  useEarlyEffect(() => {
    if (made.current && made.current.sdkKey !== settings?.sdkKey) {
      void made.current.client.destroy()
      made.current = undefined
      setLive(undefined)
    }
    if (!settings) return
    made.current ??= { id, sdkKey: settings.sdkKey, client: createClient(settings) }
    let { client } = made.current
    if (made.current.id !== id) {
      client = client.forKey(settings.key)
      if (settings.attributes) client.setAttributes(settings.attributes)
    }
    let take = () => setLive({ id, client })
    // React 18 takes over what the server drew part by part, and would draw a part anew that changes before its turn. A client that waits
    // for overrides cannot decide yet: what the server drew stays until it can.
    if (settings.bootstrap) void client.whenReadyFromCache().then(() => startTransition(take))
    else take()
    return () => {
      // This client may become ready, or be destroyed, when the provider has that of another user.
      take = () => {}
    }
  }, [given, id])

  useEffect(() => {
    isMounted.current = true
    return () => {
      isMounted.current = false
      // StrictMode undoes effects and runs them again at once, which is no reason to destroy the client.
      queueMicrotask(() => {
        if (isMounted.current) return
        void made.current?.client.destroy()
        made.current = undefined
        // A part of the page that React hides (`Activity`) keeps its state, and must not come back with a destroyed client.
        setLive(undefined)
      })
    }
  }, [])

  // After a change of user or environment the old client must not answer any more.
  return { current: given ?? (live?.id === id ? live.client : undefined), serverClient }
}

/** A text that tells environments and their users apart. */
function idOf({ sdkKey, key }: Partial<Settings> = {}): string {
  // `Object` makes an object of null too, which `createClient` refuses later.
  const { matchingKey = key, bucketingKey } = Object(key) as { matchingKey?: unknown; bucketingKey?: unknown }
  return [sdkKey, matchingKey, bucketingKey].join('\n')
}
