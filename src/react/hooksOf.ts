import {
  useClient,
  useStatus,
  useSuspenseTreatment,
  useTreatment,
  useTreatments,
  useTreatmentWithConfig,
} from './hooks'
import { PennonProvider } from './PennonProvider'
import type { FlagTypes } from '../client/types/flags'
import type { Hooks } from './types'

/**
 * The provider and the hooks, for the flags that the application knows: a misspelt name or treatment does not compile.
 *
 * @typeParam Flags as for `createClient`, printed by `npx pennon types`
 * @example
 * export const { PennonProvider, useTreatment } = hooksOf<Flags>()
 */
export function hooksOf<Flags extends FlagTypes<Flags>>(): Hooks<Flags> {
  // The names and treatments of `Flags` exist for the compiler only.
  return {
    PennonProvider,
    useClient,
    useStatus,
    useSuspenseTreatment,
    useTreatment,
    useTreatments,
    useTreatmentWithConfig,
  } as unknown as Hooks<Flags>
}
