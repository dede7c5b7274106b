import { describe, expect, it } from 'vitest'
import { createReachability } from '../../../src/late/reachability'

const make = () => {
  const state = { now: 0, online: true }
  const reachability = createReachability({
    addresses: { sdk: ['https://h/sdk'], events: ['https://h/impressions', 'https://h/counts'] },
    now: () => state.now,
    isOnline: () => state.online,
  })
  return { state, ...reachability }
}

describe('reachability', () => {
  it('says blocked after three failures in a row, while another purpose is answered', () => {
    const { note, blocked } = make()
    note('https://h/sdk?since=-1', true)
    note('https://h/impressions', false)
    note('https://h/counts', false)
    expect(blocked()).toEqual([])
    note('https://h/impressions', false)
    expect(blocked()).toEqual(['events'])
    note('https://h/impressions', true)
    expect(blocked()).toEqual([])
  })

  it('blames the network when nothing else was answered in the last minute', () => {
    const { state, note, blocked } = make()
    for (let n = 0; n < 3; n++) note('https://h/impressions', false)
    expect(blocked()).toEqual([])
    note('https://h/sdk', true)
    expect(blocked()).toEqual(['events'])
    state.now = 60_001
    expect(blocked()).toEqual([])
  })

  it('does not count what fails offline', () => {
    const { state, note, blocked } = make()
    note('https://h/sdk', true)
    note('https://h/impressions', false)
    note('https://h/impressions', false)
    state.online = false
    note('https://h/impressions', false)
    state.online = true
    note('https://h/impressions', false)
    expect(blocked()).toEqual([])
  })
})
