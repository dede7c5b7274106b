/** The compressions by their numbers on the wire: none, gzip, zlib. */
const FORMATS: readonly (CompressionFormat | undefined)[] = [undefined, 'gzip', 'deflate']

/** The bytes of a base64 text. Rejects when they are not compressed as `compression` says, or the browser cannot inflate them. */
export async function decodeBytes(text: string, compression: number): Promise<Uint8Array> {
  if (!text || !(compression in FORMATS)) throw new Error('malformed')
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  const format = FORMATS[compression]
  if (!format) return bytes
  const { body } = new Response(bytes)
  const inflated = (body as NonNullable<typeof body>).pipeThrough(new DecompressionStream(format))
  return new Uint8Array(await new Response(inflated).arrayBuffer())
}

/** As `decodeBytes`, for bytes that are a text in UTF-8. */
export async function decodeText(text: string, compression: number): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await decodeBytes(text, compression))
}
