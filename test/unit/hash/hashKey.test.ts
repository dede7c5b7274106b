import { createHash } from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { hashKey } from '../../../src/hash/hashKey'

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

afterEach(() => vi.unstubAllGlobals())

it.each([
  ['abc', undefined, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['ana@example.com', undefined, sha256('ana@example.com')],
  ['ana@example.com', 'my-site', sha256('my-siteana@example.com')],
  ['日本 😀', 'ñ', sha256('ñ日本 😀')],
  [' A ', undefined, sha256(' A ')],
])('hashes %s with salt %s', async (id, salt, hex) => {
  expect(await hashKey(id, salt)).toBe(hex)
})

it('is the same every time, and another with another salt', async () => {
  expect(await hashKey('user')).toBe(await hashKey('user'))
  expect(await hashKey('user', 'a')).not.toBe(await hashKey('user', 'b'))
})

it.each([[''], [undefined], [5], [{}]])('refuses %s', async (id) => {
  await expect(hashKey(id as string)).rejects.toThrow(TypeError)
})

it('says what is missing on an insecure page', async () => {
  vi.stubGlobal('crypto', {})
  await expect(hashKey('user')).rejects.toThrow('https')
  vi.stubGlobal('crypto', undefined)
  await expect(hashKey('user')).rejects.toThrow('https')
})
