// Compiled, never run: by `npm run typecheck` against the source, and by the consumer's project against the package. What
// must not compile has an expectation, which is an error in turn where it is not needed.
import { createClient, type Client, type ConfigText, type Explanation, type FlagTypes, type Settings } from 'pennon'
import { parseConfig } from 'pennon/config'
import { createTestClient } from 'pennon/testing'

interface Flags {
  checkout_v2: { treatment: 'on' | 'off'; config: { color: string; size?: number } | null }
  dark_mode: 'on' | 'off' | 'auto'
  'new search': { treatment: 'v1' | 'off' }
  '2026': 'on' | 'off'
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles when a value's type is the one that is expected, neither narrower nor wider. */
declare function typeOf<Actual>(value: Actual): { is<Expected>(isSame: Equal<Actual, Expected>): void }
type Typed = Client<Flags>

export function single(client: Typed, name: string, one: 'checkout_v2' | 'new search') {
  const treatment = client.getTreatment('checkout_v2')
  typeOf(treatment).is<'on' | 'off' | 'control'>(true)
  const automatic = client.getTreatment('dark_mode', { plan: 'pro' }, { impressionsDisabled: true })
  typeOf(automatic).is<'on' | 'off' | 'auto' | 'control'>(true)
  const numeric = client.getTreatment('2026')
  typeOf(numeric).is<'on' | 'off' | 'control'>(true)
  // @ts-expect-error no such flag
  client.getTreatment('checkout_v3')
  // @ts-expect-error a number is no name
  client.getTreatment(2026)
  // @ts-expect-error any text may be no flag
  client.getTreatment(name)
  // @ts-expect-error no such treatment
  if (treatment === 'onn') return
  switch (automatic) {
    case 'auto':
      break
    // @ts-expect-error no such treatment
    case 'automatic':
      break
  }
  // The name is in a variable, so that the treatments of both flags are possible.
  const either = client.getTreatment(one)
  typeOf(either).is<'on' | 'off' | 'v1' | 'control'>(true)
}

export function withConfig(client: Typed) {
  const { treatment, config } = client.getTreatmentWithConfig('checkout_v2')
  typeOf(treatment).is<'on' | 'off' | 'control'>(true)
  // At run time the configuration is the text that is stored with the flag.
  const text: string | null = config
  const parsed = parseConfig(config)
  typeOf(parsed).is<{ color: string; size?: number } | null>(true)
  // @ts-expect-error no such member
  void parsed?.colour
  // @ts-expect-error a text
  void parsed?.color.toFixed()
  // @ts-expect-error there may be none
  void parsed.color
  // @ts-expect-error a text has no color
  void config?.color
  // A configuration that the type does not describe is `unknown`.
  const undeclared = parseConfig(client.getTreatmentWithConfig('dark_mode').config)
  typeOf(undeclared).is<unknown>(true)
  const none = parseConfig(client.getTreatmentWithConfig('new search').config)
  typeOf(none).is<unknown>(true)
  // @ts-expect-error says something else
  const other: ConfigText<{ limit: number }> | null = config
  return [text, other]
}

export function several(client: Typed) {
  const treatments = client.getTreatments(['checkout_v2', 'dark_mode'])
  typeOf(treatments['checkout_v2']).is<'on' | 'off' | 'control'>(true)
  typeOf(treatments['dark_mode']).is<'on' | 'off' | 'auto' | 'control'>(true)
  // @ts-expect-error was not asked for
  void treatments['2026']
  // @ts-expect-error no such flag
  client.getTreatments(['checkout_v2', 'checkout_v3'])
  // @ts-expect-error no such treatment
  if (treatments.checkout_v2 === 'auto') return

  // The compiler does not know which flags are in the list.
  const names: (keyof Flags)[] = ['checkout_v2']
  const some = client.getTreatments(names)
  typeOf(some['checkout_v2']).is<'on' | 'off' | 'control' | undefined>(true)

  const configs = client.getTreatmentsWithConfig(['checkout_v2', 'new search'])
  typeOf(configs['new search']['treatment']).is<'v1' | 'off' | 'control'>(true)
  const color = parseConfig(configs.checkout_v2.config)?.color
  typeOf(color).is<string | undefined>(true)
  // @ts-expect-error was not asked for
  void configs.dark_mode
}

export function bySet(client: Typed) {
  const one = client.getTreatmentsByFlagSet('checkout')
  typeOf(one['dark_mode']).is<'on' | 'off' | 'auto' | 'control' | undefined>(true)
  // @ts-expect-error no such flag
  void one['checkout_v3']
  const many = client.getTreatmentsByFlagSets(['checkout', 'other'])
  typeOf(many).is<typeof one>(true)
  const configs = client.getTreatmentsWithConfigByFlagSet('checkout')
  // @ts-expect-error it may not be in the set
  void configs.checkout_v2.treatment
  const color = parseConfig(configs.checkout_v2?.config ?? null)?.color
  typeOf(color).is<string | undefined>(true)
  const manyConfigs = client.getTreatmentsWithConfigByFlagSets(['checkout'])
  typeOf(manyConfigs).is<typeof configs>(true)
}

export function explained(client: Typed) {
  const explanation = client.explain('checkout_v2', { plan: 'pro' })
  // `explain` returns undefined before the second file is there.
  if (!explanation) return undefined
  const whole: Explanation = explanation
  typeOf(explanation.treatment).is<'on' | 'off' | 'control'>(true)
  const color = parseConfig(explanation.config)?.color
  typeOf(color).is<string | undefined>(true)
  // @ts-expect-error no such flag
  client.explain('checkout_v3')
  // @ts-expect-error no such treatment
  return explanation.treatment === 'maybe' ? whole : undefined
}

export function ofAnotherKey(client: Typed) {
  const other = client.forKey('user-43')
  typeOf(other).is<Client<Flags>>(true)
  // @ts-expect-error no such flag
  other.getTreatment('checkout_v3')
}

export function settings(sdkKey: string, key: string) {
  typeOf(createClient<Flags>({ sdkKey, key })).is<Typed>(true)
  createClient<Flags>({ sdkKey, key, flagNames: ['checkout_v2'], fallbackTreatments: { global: 'off' } })
  createClient<Flags>({
    sdkKey,
    key,
    fallbackTreatments: { byFlag: { dark_mode: 'auto', checkout_v2: { treatment: 'off', config: '{}' } } },
  })
  // @ts-expect-error no such flag
  createClient<Flags>({ sdkKey, key, flagNames: ['checkout_v3'] })
  // @ts-expect-error no such flag
  createClient<Flags>({ sdkKey, key, fallbackTreatments: { byFlag: { checkout_v3: 'on' } } })
  // @ts-expect-error no treatment of this flag
  createClient<Flags>({ sdkKey, key, fallbackTreatments: { byFlag: { checkout_v2: 'auto' } } })
  // @ts-expect-error not a treatment of all flags
  createClient<Flags>({ sdkKey, key, fallbackTreatments: { global: 'on' } })
  // @ts-expect-error not a treatment of all flags
  createClient<Flags>({ sdkKey, key, fallbackTreatments: { global: { treatment: 'auto' } } })
}

export function localFlags(sdkKey: string, key: string) {
  createClient<Flags>({
    sdkKey,
    key,
    localFlags: { dark_mode: 'auto', checkout_v2: { treatment: 'on', config: '{}' } },
  })
  // @ts-expect-error no such flag
  createClient<Flags>({ sdkKey, key, localFlags: { checkout_v3: 'on' } })
  // @ts-expect-error no treatment of this flag
  createClient<Flags>({ sdkKey, key, localFlags: { checkout_v2: 'auto' } })
}

export function overrides({ overrides }: Typed) {
  overrides?.set('checkout_v2', 'on')
  overrides?.set('checkout_v2', { treatment: 'off', config: '{"color":"red"}' })
  overrides?.clear('dark_mode')
  // @ts-expect-error no such flag
  overrides?.set('checkout_v3', 'on')
  // @ts-expect-error no treatment of this flag
  overrides?.set('checkout_v2', 'auto')
  // @ts-expect-error no treatment of this flag
  overrides?.set('checkout_v2', { treatment: 'auto' })
  // @ts-expect-error no such flag
  overrides?.get('checkout_v3')
  // @ts-expect-error no such flag
  overrides?.clear('checkout_v3')
}

export function testing() {
  const client = createTestClient<Flags>({ flags: { checkout_v2: 'on' } })
  typeOf(client.getTreatment('checkout_v2')).is<'on' | 'off' | 'control'>(true)
  client.set('dark_mode', 'auto')
  const given: Typed = client
  // @ts-expect-error no such flag
  client.set('checkout_v3', 'on')
  // @ts-expect-error no treatment of this flag
  client.set('checkout_v2', 'auto')
  // @ts-expect-error no treatment of this flag
  return [given, createTestClient<Flags>({ flags: { dark_mode: 'dark' } })]
}

/** Typed and untyped code meet: what takes any client takes a typed one. */
export function anyClient(client: Typed) {
  const any: Client = client
  return any
}

export function constraint() {
  // @ts-expect-error treatments are texts
  createClient<{ checkout_v2: boolean }>({ sdkKey: 'a', key: 'b' })
  // @ts-expect-error what a flag is described by is its treatment
  createClient<{ checkout_v2: { treatments: 'on' } }>({ sdkKey: 'a', key: 'b' })
  const fits: Flags extends FlagTypes<Flags> ? true : false = true
  return fits
}

/** Without a type argument, any name and any treatment is allowed. */
export function untyped(name: string, settings: Settings) {
  const client = createClient(settings)
  typeOf(client).is<Client>(true)
  const treatment = client.getTreatment(name)
  typeOf(treatment).is<string>(true)
  const { config } = client.getTreatmentWithConfig('any')
  typeOf(config).is<string | null>(true)
  const treatments = client.getTreatments(['a', name])
  typeOf(treatments).is<Record<string, string>>(true)
  const fromSet = client.getTreatmentsByFlagSet('a')
  typeOf(fromSet).is<Record<string, string>>(true)
  const configs = client.getTreatmentsWithConfig(['a'])
  typeOf(configs).is<Record<string, { treatment: string; config: string | null }>>(true)
  const parsed = parseConfig(config)
  typeOf(parsed).is<unknown>(true)
  const asked = parseConfig<{ color: string }>(config)
  typeOf(asked).is<{ color: string } | null>(true)
  // @ts-expect-error a name is a text
  client.getTreatment(5)

  // What is in the settings does not say which flags there are.
  const { sdkKey, key } = settings
  typeOf(createClient({ sdkKey, key, flagNames: ['a'] })).is<Client>(true)
  typeOf(createClient({ sdkKey, key, localFlags: { a: 'on' } })).is<Client>(true)
  typeOf(createClient({ sdkKey, key, fallbackTreatments: { byFlag: { a: 'on' } } })).is<Client>(true)
  typeOf(createTestClient({ flags: { a: 'on' } }).getTreatment('b')).is<string>(true)
}
