import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHideNotes, MOST_NOTE } from '../../../src/browser/hideNote'

const texts = new Map<string, string>()
const storage = {
  get length() {
    return texts.size
  },
  key: (n: number) => [...texts.keys()][n] ?? null,
  getItem: (key: string) => texts.get(key) ?? null,
  setItem: (key: string, text: string) => void texts.set(key, text),
  removeItem: (key: string) => void texts.delete(key),
}
let now = 1_700_000_000_000
const create = (scope = 'mine') => createHideNotes(scope, () => now)

beforeEach(() => {
  texts.clear()
  vi.stubGlobal('localStorage', storage)
})
afterEach(() => vi.unstubAllGlobals())

describe('notes', () => {
  it('are found by others of their environment, until they are removed', () => {
    expect(create().write('a', 'text of a')).toBe(true)
    expect(create().write('b', 'text of b')).toBe(true)
    expect(create('theirs').write('c', 'text of c')).toBe(true)
    expect(create().lives()).toEqual(['a', 'b'])
    expect(create().read('a')).toBe('text of a')
    expect(create().read('c')).toBeUndefined()
    create().remove('a')
    expect(create().lives()).toEqual(['b'])
    create().forget()
    expect(create().lives()).toEqual([])
    expect(create('theirs').lives()).toEqual(['c'])
  })

  it('leave alone what the site keeps there, and what another format is', () => {
    texts.set('cart', '7')
    texts.set('pennon:note:3:mine:x', 'later')
    create().write('a', 'text')
    create().expire(() => false)
    create().forget()
    expect([...texts.keys()]).toEqual(['cart', 'pennon:note:3:mine:x'])
  })

  it('say which URLs fail, until they are well again', () => {
    const since = now
    create().markFailing('https://e/bulk', true)
    create('theirs').markFailing('https://theirs', true)
    now += 1_000
    create().markFailing('https://e/count', true)
    const failing = (scope?: string) =>
      ['https://e/bulk', 'https://e/count', 'https://theirs'].map((url) => create(scope).failingSince(url))
    expect(failing()).toEqual([since, now, 0])
    expect(create().lives()).toEqual([])
    create().markFailing('https://e/bulk', false)
    expect(failing()).toEqual([0, now, 0])
    create('theirs').expire((time) => time >= now)
    expect(failing('theirs')).toEqual([0, 0, 0])
    expect(failing()).toEqual([0, now, 0])
    create().forget()
    expect(failing()).toEqual([0, 0, 0])
  })

  it('that are too old go, of any environment, and what is none', () => {
    create().write('old', 'text')
    create('theirs').write('old', 'text')
    texts.set('pennon:note:2:mine:odd', 'no time')
    now += 1_000
    create().write('new', 'text')
    create().expire((time) => time >= now)
    expect([...texts.keys()]).toEqual(['pennon:note:2:mine:new'])
  })

  it('are refused when they are too long, alone or together, so that the site has its room', () => {
    expect(create().write('a', 'x'.repeat(MOST_NOTE + 1))).toBe(false)
    // Beside each stands when it was written.
    const most = 'x'.repeat(MOST_NOTE - 14)
    for (const life of ['a', 'b']) expect(create().write(life, most)).toBe(true)
    expect(create('theirs').write('e', 'x')).toBe(false)
    // Its own note is replaced, not added.
    expect(create().write('a', most)).toBe(true)
  })
})

describe.each([
  ['is missing', undefined],
  ['throws at everything', new Proxy({}, { get: () => expect.fail })],
])('localStorage that %s', (_, value) => {
  it('costs notes, and no more', () => {
    vi.stubGlobal('localStorage', value)
    const notes = create()
    expect(notes.write('a', 'text')).toBe(false)
    expect(notes.lives()).toEqual([])
    notes.remove('a')
    notes.forget()
    notes.expire(() => false)
  })
})

it('is refused where storage is full', () => {
  vi.stubGlobal('localStorage', {
    ...storage,
    length: 0,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError')
    },
  })
  expect(create().write('a', 'text')).toBe(false)
})

describe('an hour', () => {
  it('is opened by the first page that records in it, and by nobody else', () => {
    const [first, second] = [create(), create()]
    expect(first.openHour(3_600_000)).toBe(true)
    expect([...texts]).toEqual([['pennon:hour:2:mine', '3600000']])
    expect(second.openHour(3_600_000)).toBe(false)
    expect(first.openHour(3_600_000)).toBe(true)
    expect(create('theirs').openHour(3_600_000)).toBe(true)
    expect(second.openHour(7_200_000)).toBe(true)
    create().forget()
    expect(create().openHour(7_200_000)).toBe(true)
  })

  it('is opened by every page where nothing can be said to others', () => {
    vi.stubGlobal('localStorage', undefined)
    expect(create().openHour(3_600_000)).toBe(true)
  })
})
