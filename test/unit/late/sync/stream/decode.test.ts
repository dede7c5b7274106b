import { describe, expect, it } from 'vitest'
import { decodeBytes, decodeText } from '../../../../../src/late/sync/stream/decode'
import { gzip, plain, zlib } from './openStream'

const encoders = [plain, gzip, zlib] as const
const TEXT = '{"name":"é😀\\u0000"}'

describe('a payload', () => {
  it.each([
    ['plain', 0],
    ['gzip', 1],
    ['zlib', 2],
  ] as const)('of UTF-8, %s, is read', async (_, compression) => {
    expect(await decodeText(encoders[compression](TEXT), compression)).toBe(TEXT)
  })

  it('of 20 MB is read', async () => {
    const text = 'x'.repeat(20_000_000)
    expect(await decodeText(gzip(text), 1)).toBe(text)
  })

  it('of bytes is left as it is', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect([...(await decodeBytes(zlib(bytes), 2))]).toEqual([...bytes])
  })

  it.each([
    ['nothing', '', 0],
    ['not base64', '%%%', 0],
    ['another compression than it says', gzip(TEXT), 2],
    ['not compressed', plain(TEXT), 1],
    ['cut off', gzip(TEXT.repeat(100)).slice(0, 40), 1],
    ['of an unknown compression', plain(TEXT), 3],
    ['of a compression that is no number', plain(TEXT), NaN],
    ['of a negative one', plain(TEXT), -1],
    ['not UTF-8', btoa('\xff\xfe'), 0],
  ])('that is %s is refused', async (_, text, compression) => {
    await expect(decodeText(text, compression)).rejects.toThrow()
  })
  it.each([0, 1, 2] as const)(
    'that was cut anywhere is refused, or is no JSON, or is whole (compression %i)',
    async (compression) => {
      const payload = encoders[compression](TEXT)
      for (let i = 0; i < payload.length; i++) {
        const read = await decodeText(payload.slice(0, i), compression)
          .then(JSON.parse)
          .catch(() => undefined)
        // Some texts lose only the padding at their end.
        expect([i, read ?? JSON.parse(TEXT)]).toEqual([i, JSON.parse(TEXT)])
        if (!/^=*$/.test(payload.slice(i))) expect([i, read]).toEqual([i, undefined])
      }
    },
  )
})
