/**
 * Makes a key that does not identify anybody by itself: SHA-256 over the UTF-8 bytes of `salt + id`, in lower-case hex (64
 * characters). The same id and salt always give the same key, here and on a server, so that treatments stay the same.
 *
 * It is a pseudonym, not anonymity: whoever knows the salt can try ids, and a salt in a page is known to everybody who looks.
 * Ids that can be guessed (phone numbers, e-mail addresses) are better hashed on a server with a secret salt. The salt must
 * never change, or every user gets new treatments.
 *
 * @param id the identifying key: 1 to many characters, taken as it is, neither trimmed nor lower-cased
 * @param salt put before the id. @default ''
 * @returns 64 hex digits, to be given as `key` to `createClient`
 * @throws TypeError (as a rejection) for an id that is no text or empty; Error where the page has no Web Crypto, which browsers
 * give to secure contexts (https, localhost) only
 * @see https://www.w3.org/TR/WebCryptoAPI/ SubtleCrypto.digest
 * @example
 * const client = createClient({ sdkKey, key: await hashKey('ana@example.com', 'my-site') })
 */
export async function hashKey(id: string, salt = ''): Promise<string> {
  if (typeof id !== 'string' || !id) throw new TypeError('hashKey: the id must be a non-empty string')
  // The types say that `crypto` is always there, but insecure pages have none.
  const subtle = (globalThis as { crypto?: Partial<Crypto> }).crypto?.subtle
  if (!subtle) throw new Error('hashKey needs Web Crypto, which browsers give to secure pages (https) only')
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(salt + id))
  // `Array.from` will not do: Prototype.js replaces it by one that ignores the function.
  let hex = ''
  for (const byte of new Uint8Array(digest)) hex += byte.toString(16).padStart(2, '0')
  return hex
}
