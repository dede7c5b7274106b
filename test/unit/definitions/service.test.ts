import { describe, expect, it } from 'vitest'
import { createService } from '../../../src/definitions/service'

const service = createService('https://sdk.test/api/splitChanges', 'https://sdk.test/api/memberships', {
  flagNames: ['a', 'b'],
})
const since = { flags: 10, ruleBasedSegments: 5 }

describe('definitions', () => {
  it('of spec 1.3 are asked for by both change numbers, of spec 1.2 by that of flags alone', () => {
    expect(service.definitions('1.3', since)).toBe(
      'https://sdk.test/api/splitChanges?s=1.3&since=10&rbSince=5&names=a,b',
    )
    expect(service.definitions('1.2', since)).toBe('https://sdk.test/api/splitChanges?s=1.2&since=10&names=a,b')
  })
})

describe('memberships', () => {
  it.each([
    ['user-42', 'user-42'],
    ['user 1/ä@x', 'user%201%2F%C3%A4%40x'],
    ['a?b=c&d#e', 'a%3Fb%3Dc%26d%23e'],
    ['a\ud800b', 'a%EF%BF%BDb'],
  ])('of %j are asked for at one path segment', (key, path) => {
    expect(service.memberships(key)).toBe(`https://sdk.test/api/memberships/${path}`)
  })
})
