import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { useProvided } from './context'
import type { Client } from '../client/types/client'
import type { Status } from '../client/types/events'
import type { TreatmentWithConfig } from '../client/types/flags'
import type { HookOptions, Hooks } from './types'

type Decision = Readonly<TreatmentWithConfig>

const treatmentOf = ({ treatment }: Decision) => treatment
const itself = (decision: Decision) => decision

/**
 * The treatment of a flag. The component is drawn again when it changes, and only then.
 *
 * One impression is recorded for each use on the page and each answer, as soon as decisions are possible: none for what
 * React draws and throws away, none when it draws the same again, none for the `control` of a client that is not ready yet.
 *
 * @returns the treatment; `control`, or the fallback treatment, when no decision was possible
 * @throws Error where there is no `PennonProvider` above
 */
export const useTreatment: Hooks['useTreatment'] = (flag, options) =>
  useAnswers([flag], options, treatmentOf)[0] as never

/** As `useTreatment`, with the configuration of the treatment. The object stays the same while neither changes. */
export const useTreatmentWithConfig: Hooks['useTreatmentWithConfig'] = (flag, options) =>
  useAnswers([flag], options, itself)[0] as never

/** As `useTreatment` for several flags: treatments by name. The object stays the same while none changes, even if the list is a new one. */
export const useTreatments: Hooks['useTreatments'] = (given, options) => {
  // A value that is no list counts as one flag: the client says in the log what is wrong with it.
  const flags = [given].flat() as string[]
  const answers = useAnswers(flags, options, treatmentOf)
  return useMemo(() => Object.fromEntries(flags.map((flag, i) => [flag, answers[i]])), [answers]) as never
}

/**
 * As `useTreatment`, but suspends until decisions are possible (from the cache or `bootstrap`, or ready), at most until the
 * client's time-out. The `Suspense` boundary has to be below the provider.
 */
export const useSuspenseTreatment: Hooks['useSuspenseTreatment'] = (flag, options) => {
  const { client, decidable } = useProvided()
  const { readyFromCache, timedOut, destroyed } = client.status()
  // oxlint-disable-next-line typescript/only-throw-error -- That is how React 18 is told to wait.
  if (decidable && !readyFromCache && !timedOut && !destroyed) throw decidable
  return useTreatment(flag, options)
}

/**
 * The client, for events, attributes and whatever else the hooks do not do. Until the provider is on the page, and on a
 * server, it is one that records nothing: its `track` returns false.
 */
export const useClient: Hooks['useClient'] = () => useProvided().client

/** `client.status()`, as of the last milestone: ready from cache, ready, timed out. */
export const useStatus: Hooks['useStatus'] = () => {
  const { client, serverClient, subscribe } = useProvided()
  const read = (of: Client) => milestonesOf(of.status())
  const milestones = useSyncExternalStore(
    subscribe,
    () => read(client),
    () => read(serverClient),
  )
  // The milestones in the first drawing of a part that comes late are those that the server drew.
  return useMemo(() => (milestones === read(client) ? client : serverClient).status(), [client, milestones])
}

/** The answers for these flags, of which `pick` takes a part. The list stays the same while these parts are unchanged. */
function useAnswers<Answer>(
  flags: readonly string[],
  options: HookOptions | undefined,
  pick: (decision: Decision) => Answer,
): readonly Answer[] {
  const { client, serverClient, subscribe } = useProvided()
  const last = useRef<{ flags: readonly string[]; answers: readonly Answer[] }>(undefined)
  const recorded = useRef<{ client: Client; answers: Map<string, Answer> }>(undefined)
  const { attributes, ...own } = options ?? {}
  const ask = (of: Client, flag: string) => pick(of.peek(flag, attributes))
  const read = (of: Client) => {
    const answers = flags.map((flag) => ask(of, flag))
    if (!last.current || !areSame(answers, last.current.answers) || !areSame(flags, last.current.flags)) {
      last.current = { flags, answers }
    }
    return last.current.answers
  }
  const answers = useSyncExternalStore(
    subscribe,
    () => read(client),
    () => read(serverClient),
  )

  useEffect(() => {
    if (recorded.current?.client !== client) recorded.current = { client, answers: new Map() }
    const known = recorded.current.answers
    const isOpen = (flag: string, i: number) => !known.has(flag) || known.get(flag) !== answers[i]
    if (!flags.some(isOpen)) return
    // The listener runs at once where decisions are possible already. Only an answer that was shown is recorded: one that has changed since
    // is shown first.
    return client.on('readyFromCache', () => {
      flags.forEach((flag, i) => {
        const answer = answers[i] as Answer
        if (!isOpen(flag, i) || ask(client, flag) !== answer) return
        // Nothing is recorded after a decline, so the answer is still to be recorded when it is drawn after a grant.
        if (client.consent.get() !== 'declined') known.set(flag, answer)
        client.getTreatment(flag, attributes, options && own)
      })
    })
  })
  return answers
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((value, i) => Object.is(value, others[i]))
}

/** A text that tells the states of readiness apart. */
function milestonesOf({ ready, readyFromCache, timedOut, destroyed }: Status): string {
  return [ready, readyFromCache, timedOut, destroyed].join()
}
