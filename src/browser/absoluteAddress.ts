/**
 * Puts the page's own origin before an address that begins with a slash: the browser would resolve it against `<base href>`, which may
 * be of another host. Where there is no page, the address stays as it is.
 */
export function absoluteAddress(address: string): string {
  const { origin } = globalThis
  return address[0] === '/' && /^http/.test(origin) ? new URL(address, origin).href : address
}
