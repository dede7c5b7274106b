import { inject, onScopeDispose, readonly, shallowRef, type InjectionKey, type Ref } from 'vue'
import type { Attributes, Client } from 'pennon'

/** `app.provide(PENNON, createClient(settings))` */
export const PENNON: InjectionKey<Client> = Symbol('pennon')

/** The treatment of a flag, and an impression for each answer that is shown. */
export function useTreatment(flag: string, attributes?: Attributes): Readonly<Ref<string>> {
  const client = inject(PENNON)
  if (!client) throw new Error('no client is provided')
  const treatment = shallowRef(client.peek(flag, attributes).treatment)
  let isRecorded = false
  const look = () => {
    if (isRecorded && client.peek(flag, attributes).treatment === treatment.value) return
    isRecorded = true
    treatment.value = client.getTreatment(flag, attributes)
  }
  // A client that is ready already tells late listeners as well.
  const offs = [client.on('readyFromCache', look), client.on('update', look)]
  onScopeDispose(() => offs.forEach((off) => off()))
  return readonly(treatment)
}
