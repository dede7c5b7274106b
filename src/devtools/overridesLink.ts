import type { Override } from '../client/types/client'

const PARAMETER = 'pennon'
/** A name that holds one of these cannot be in the link: its separators, or half a character, at which `encodeURIComponent` throws. */
const UNCARRIED = /[,:]|\p{Cs}/u

/** A link that opens this page with these overrides. It carries treatments only, and only of flags whose names it can hold. */
export function overridesLink(address: string, overrides: Readonly<Record<string, Override>>) {
  const url = new URL(address)
  const pairs = Object.entries(overrides)
  const carried = pairs.filter(([flag]) => !UNCARRIED.test(flag))
  url.searchParams.delete(PARAMETER)
  const value = carried
    .map(([flag, { treatment }]) => `${encodeURIComponent(flag)}:${encodeURIComponent(treatment)}`)
    .join(',')
  const query = [url.search.slice(1), `${PARAMETER}=${value}`].filter(Boolean).join('&')
  return {
    href: `${url.origin}${url.pathname}?${query}${url.hash}`,
    /** The flags whose override the link does not carry, or not completely. */
    left: pairs.filter(([flag, { config }]) => UNCARRIED.test(flag) || config !== undefined).map(([flag]) => flag),
  }
}
