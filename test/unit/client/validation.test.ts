import { describe, expect, it, vi } from 'vitest'
import {
  areAttributesValid,
  isAttributeValid,
  validateFlagName,
  validateFlagNames,
  validateFlagSets,
  validateProperties,
} from '../../../src/client/validation'

describe('validateFlagName', () => {
  it.each([
    ['f', 'f'],
    ['my flag', 'my flag'],
    [' f', 'f'],
    ['f\t', 'f'],
    ['\u00a0f\ufeff', 'f'],
    ['é', 'é'],
    ['\x7ff', '\x7ff'],
    ['!~', '!~'],
  ])('%j is %j', (name, valid) => {
    expect(validateFlagName(name)).toBe(valid)
  })

  it.each([undefined, null, '', ' ', '\u00a0', 5, true, ['f'], {}, new String('f'), Symbol('f')])(
    '%o is none',
    (name) => {
      expect(validateFlagName(name)).toBeUndefined()
    },
  )
})

describe('validateFlagNames', () => {
  it('has the names of a list, each once', () => {
    expect(validateFlagNames(['b', ' a ', 'a', '', null, 5, 'b '])).toEqual(['b', 'a'])
  })

  it('is empty for anything else', () => {
    for (const names of ['abc', undefined, null, {}, new Set(['a']), []]) expect(validateFlagNames(names)).toEqual([])
  })
})

describe('validateFlagSets', () => {
  it('has the sets of a list in lower case, each once', () => {
    expect(validateFlagSets([' Web ', 'web', '1_a', '_a', 'a-b', 'a b', '', 5, 'é'])).toEqual(['web', '1_a'])
    expect(validateFlagSets(['a'.repeat(50), 'b'.repeat(51)])).toEqual(['a'.repeat(50)])
    expect(validateFlagSets(['x\na', 'a\n\n'])).toEqual(['a'])
  })

  it('leaves out what was not configured', () => {
    expect(validateFlagSets(['a', 'b', 'C'], new Set(['b', 'c']))).toEqual(['b', 'c'])
    expect(validateFlagSets(['a'], new Set())).toEqual([])
  })

  it('is empty for anything else', () => {
    expect(validateFlagSets('web')).toEqual([])
  })
})

describe('areAttributesValid', () => {
  it('takes none, and plain objects', () => {
    for (const attributes of [undefined, null, {}, { a: Symbol('s') }, { constructor: 'x' }]) {
      expect(areAttributesValid(attributes)).toBe(true)
    }
  })

  it('takes nothing else', () => {
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    for (const attributes of [
      [],
      '',
      'x',
      0,
      5,
      false,
      true,
      () => 0,
      new Date(),
      new Map(),
      Object.create(null),
      revoked.proxy,
    ]) {
      expect(areAttributesValid(attributes)).toBe(false)
    }
  })
})

describe('isAttributeValid', () => {
  it('takes texts, finite numbers, booleans and arrays', () => {
    for (const value of ['x', '', 0, -1.5, true, false, [], [1, 'a']])
      expect(isAttributeValid('name', value)).toBe(true)
  })

  it('takes nothing else', () => {
    for (const value of [undefined, null, NaN, Infinity, {}, new Date(), () => 0, 5n])
      expect(isAttributeValid('name', value)).toBe(false)
  })

  it('needs a name', () => {
    expect(isAttributeValid('', 'x')).toBe(false)
  })
})

describe('validateProperties', () => {
  const once = vi.fn()
  const validate = (properties: unknown) => validateProperties(properties, { once })

  it('takes texts, finite numbers, booleans and null; other values become null', () => {
    const properties = {
      a: 'x',
      b: 1,
      c: true,
      d: null,
      e: undefined,
      f: {},
      g: NaN,
      h: () => 0,
      i: [1],
      j: 5n,
      k: false,
    }
    expect(validate(properties)).toEqual({
      a: 'x', b: 1, c: true, d: null, e: null, f: null, g: null, h: null, i: null, j: null, k: false,
    }) // prettier-ignore
  })

  it('says once what it made null, and nothing of what may be null', () => {
    once.mockClear()
    validate({ a: null, b: 'x' })
    expect(once).not.toHaveBeenCalled()
    validate({ a: new Date(0) })
    expect(once).toHaveBeenCalledExactlyOnceWith('warn', 'property', 'property sent as null', 'a')
  })

  it('is none where there are none', () => {
    expect(validate({})).toEqual({})
    for (const properties of [undefined, null, [], 'x', 5, new Date(), Object.create(null)]) {
      expect(validate(properties)).toBeUndefined()
    }
  })

  it('takes at most 32 KiB, as estimated', () => {
    const room = 32 * 1024 - 1024
    const text = (length: number) => 'x'.repeat(length)
    expect(validate({ a: text(room / 2 - 1) })).toBeDefined()
    expect(validate({ a: text(room / 2) })).toBeUndefined()
    expect(validate({ a: text(room / 2 - 6), b: 1 })).toBeDefined()
    expect(validate({ a: text(room / 2 - 5), b: 1 })).toBeUndefined()
    expect(validate({ a: text(room / 2 - 4), b: true })).toBeDefined()
    expect(validate({ a: text(room / 2 - 3), b: true })).toBeUndefined()
    expect(validate({ a: text(room / 2 - 2), b: null })).toBeDefined()
    expect(validate({ [text(room / 2)]: null })).toBeDefined()
    expect(validate({ [text(room / 2 + 1)]: null })).toBeUndefined()
  })

  it('changes no prototype', () => {
    const valid = validate(JSON.parse('{"__proto__":"x"}'))
    expect(Object.getPrototypeOf(valid)).toBe(Object.prototype)
    expect(JSON.stringify(valid)).toBe('{"__proto__":"x"}')
  })

  it('survives what throws when it is looked at', () => {
    const refuse = () => {
      throw new Error('no')
    }
    const getter = Object.defineProperty({}, 'matchingKey', { get: refuse, enumerable: true })
    for (const hostile of [getter, new Proxy({}, { getPrototypeOf: refuse })]) expect(validate(hostile)).toBeUndefined()
  })
})
