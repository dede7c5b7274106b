import { describe, expect, it } from 'vitest'
import { atMost } from '../../../../src/late/sync/atMost'
import { settle } from '../../definitions/fakes'

describe('at most two', () => {
  it('are under way; the others follow in the order they came, also after a failure', async () => {
    const place = atMost(2)
    const begun: number[] = []
    const ends: (() => void)[] = []
    const works = [0, 1, 2, 3, 4].map((i) =>
      place(async () => {
        begun.push(i)
        await new Promise<void>((resolve) => (ends[i] = resolve))
        if (i === 1) throw new Error('one')
        return i
      }).catch(() => 'failed'),
    )
    await settle()
    expect(begun).toEqual([0, 1])
    ends[1]?.()
    await settle()
    expect(begun).toEqual([0, 1, 2])
    ends[2]?.()
    ends[0]?.()
    await settle()
    expect(begun).toEqual([0, 1, 2, 3, 4])
    ends[3]?.()
    ends[4]?.()
    expect(await Promise.all(works)).toEqual([0, 'failed', 2, 3, 4])
    // By then all places are free again.
    const later = [5, 6].map((i) =>
      place(async () => {
        begun.push(i)
      }),
    )
    await Promise.all(later)
    expect(begun.slice(5)).toEqual([5, 6])
  })
})
