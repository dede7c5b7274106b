import { stringify } from '../../shared/json'
import { requestResult } from '../../browser/requestResult'
import type { KeyValue } from '../../browser/keyValue'

/**
 * Deletes the memberships of all keys of an SDK key, whatever filter they were stored under: a page that may store none may find those
 * of an earlier one. Rejects when storage fails.
 */
export async function forgetMemberships(keyValue: Pick<KeyValue, 'transact'>, sdkKey: string): Promise<void> {
  // A key is [scope, 'memberships', matching key], and the scope JSON of a list that begins with the SDK key.
  const scope = stringify([sdkKey]).slice(0, -1)
  await keyValue.transact('readwrite', async (store) => {
    for (const key of await requestResult(store.getAllKeys())) {
      const [keyScope, what] = key as unknown[]
      if (what === 'memberships' && String(keyScope).startsWith(scope)) store.delete(key)
    }
  })
}
