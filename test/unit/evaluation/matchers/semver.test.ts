import { expect, it } from 'vitest'
import { compareSemver, parseSemver } from '../../../../src/evaluation/matchers/semver'
import type { Semver } from '../../../../src/evaluation/matchers/semver'

it.each([
  ['1.2.3', '1.2.3'],
  ['01.002.0003', '1.2.3'],
  ['0.00.000', '0.0.0'],
  ['1.2.3-rc.01+01', '1.2.3-rc.1+01'],
  ['1.2.3-0a.00', '1.2.3-0a.0'],
  ['1.2.3--', '1.2.3--'],
  ['1.2.3-00a1', '1.2.3-00a1'],
  ['1.2.3+a+b-c', '1.2.3+a+b-c'],
  ['1.2.3-a b', '1.2.3-a b'],
  ['1.2.3-a\nb+\n', '1.2.3-a\nb+\n'],
])('%j is %j', (text, canonical) => {
  expect(parseSemver(text)?.text).toBe(canonical)
})

it.each([
  '', '1', '1.2', '1.2.3.4', 'v1.2.3', ' 1.2.3', '1.2.3 ', '1.2.x', '1..3', '1.2.3-', '1.2.3+', '1.2.3-a..b', '1.2.3-.a',
  '1.2.3-+b', '-1.2.3', '١.2.3', '1.2.3\n',
  ['1.2.3'], undefined, null, 5, {},
])('%j is none', (text) => {
  expect(parseSemver(text)).toBeUndefined()
}) // prettier-ignore

it('puts versions in order', () => {
  const sorted = [
    '0.9.9', '1.0.0--a', '1.0.0-1', '1.0.0-2', '1.0.0-10', '1.0.0-a10', '1.0.0-a9', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta',
    '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0-rc', '2.0.0', '9223372036854775808.0.0', '10223372036854775808.0.0',
  ] // prettier-ignore
  const versions = sorted.map((text) => parseSemver(text) as Semver)
  for (const [i, a] of versions.entries()) {
    for (const [j, b] of versions.entries()) {
      expect(Math.sign(compareSemver(a, b)), `${a.text} ${b.text}`).toBe(Math.sign(i - j))
    }
  }
})

it('does not order metadata', () => {
  expect(compareSemver(parseSemver('1.0.0+a') as Semver, parseSemver('1.0.0+b') as Semver)).toBe(0)
})
