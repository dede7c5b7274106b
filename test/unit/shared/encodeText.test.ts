import { describe, expect, it } from 'vitest'
import { encodeText } from '../../../src/shared/encodeText'

describe('a text in an address', () => {
  it.each([
    ['plain_1.2-3', 'plain_1.2-3'],
    ['user 1/ä?&=#', 'user%201%2F%C3%A4%3F%26%3D%23'],
    ['😀', '%F0%9F%98%80'],
    // Lone surrogates, which no UTF-8 has: at either end, between others, the wrong way round.
    ['\ud83d', '%EF%BF%BD'],
    ['a\ude00b', 'a%EF%BF%BDb'],
    ['\ude00\ud83d', '%EF%BF%BD%EF%BF%BD'],
    ['\ud83d\ud83d\ude00', '%EF%BF%BD%F0%9F%98%80'],
    ['', ''],
  ])('%j becomes %s', (text, encoded) => {
    expect(encodeText(text)).toBe(encoded)
  })
})
