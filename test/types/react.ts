// Compiled, never run. What must not compile has an expectation, which is an error in turn where it is not needed.
import { createElement } from 'react'
import { createClient } from 'pennon'
import { hooksOf, PennonProvider as UntypedProvider, useTreatment as useUntyped } from 'pennon/react'
import { createTestClient } from 'pennon/testing'

interface Flags {
  checkout_v2: { treatment: 'on' | 'off'; config: { color: string } | null }
  dark_mode: 'on' | 'auto'
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles when a value's type is the one that is expected, neither narrower nor wider. */
declare function typeOf<Actual>(value: Actual): { is<Expected>(isSame: Equal<Actual, Expected>): void }

const { PennonProvider, useClient, useSuspenseTreatment, useTreatment, useTreatments, useTreatmentWithConfig } =
  hooksOf<Flags>()

export function Component() {
  typeOf(useTreatment('checkout_v2')).is<'on' | 'off' | 'control'>(true)
  typeOf(useSuspenseTreatment('dark_mode', { attributes: { plan: 'pro' } })).is<'on' | 'auto' | 'control'>(true)
  typeOf(useTreatmentWithConfig('checkout_v2').treatment).is<'on' | 'off' | 'control'>(true)
  typeOf(useTreatments(['checkout_v2', 'dark_mode']).dark_mode).is<'on' | 'auto' | 'control'>(true)
  typeOf(useClient().getTreatment('dark_mode')).is<'on' | 'auto' | 'control'>(true)
  // @ts-expect-error no such flag
  useTreatment('checkout_v3')
  // @ts-expect-error no such option
  useTreatment('checkout_v2', { atributes: {} })
  typeOf(useUntyped('anything')).is<string>(true)
  return null
}

export const typed = createElement(PennonProvider, { client: createClient<Flags>({ sdkKey: 'a', key: 'b' }) })
export const inTest = createElement(UntypedProvider, { client: createTestClient({ flags: { a: 'on' } }) })
export const made = createElement(UntypedProvider, { settings: { sdkKey: 'a', key: 'b' } })
// @ts-expect-error one of the two
export const both = createElement(UntypedProvider, { settings: { sdkKey: 'a', key: 'b' }, client: createTestClient() })
