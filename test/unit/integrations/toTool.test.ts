import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { impressionOf } from './impressionOf'
import { toTool } from '../../../src/integrations/shared/toTool'
import { fullStory } from '../../../src/integrations/fullStory'
import type { IntegrationContext } from '../../../src/late/types'

const lines: string[] = []
const warn = (line: string) => void lines.push(line)
const context: IntegrationContext = {
  outbox: () => {
    throw new Error('not asked for')
  },
  consent: () => 'granted',
  labelsEnabled: true,
  log: { debug: warn, info: warn, warn, error: warn },
}

interface Tool {
  take(flag: string): void
}
const taken: string[] = []
const open = (options = {}) => {
  const integration = toTool<Tool>('tool', 'theTool', 'take', (tool, { flag }) => tool.take(flag), options)
  integration.start(context)
  return integration
}
const appear = () => vi.stubGlobal('theTool', { take: (flag: string) => void taken.push(flag) })

beforeEach(() => {
  vi.useFakeTimers()
  lines.length = taken.length = 0
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('toTool', () => {
  it('waits for the tool, within bounds and with one line', async () => {
    const integration = open()
    for (let n = 0; n < 2_010; n++) integration.impression(impressionOf(`flag_${n}`))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(lines).toEqual(['tool: no theTool'])
    appear()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(taken).toHaveLength(2_000)
    expect([taken[0], taken.at(-1)]).toEqual(['flag_10', 'flag_2009'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([true, false])(
    'hands on at once what comes after a late consent; the tool is there by then: %s',
    async (isThere) => {
      const integration = open()
      let consent: 'unknown' | 'granted' = 'unknown'
      integration.start({ ...context, consent: () => consent })
      if (isThere) appear()
      integration.impression(impressionOf('before'))
      await vi.advanceTimersByTimeAsync(600_000)
      consent = 'granted'
      integration.impression(impressionOf('after'))
      await vi.advanceTimersByTimeAsync(0)
      expect(taken).toEqual(isThere ? ['before', 'after'] : [])
      await vi.advanceTimersByTimeAsync(1_000)
      expect(lines).toEqual([])
      integration.stop()
    },
  )

  it('leaves no timer behind, and hands nothing on after its end', async () => {
    const integration = open()
    integration.impression(impressionOf('checkout'))
    integration.stop()
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
    appear()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(taken).toEqual([])
  })

  it('hands on at its end what the tool can still take', () => {
    appear()
    const integration = open()
    integration.impression(impressionOf('checkout'))
    integration.stop()
    expect(taken).toEqual(['checkout'])
  })

  it('refuses what is no tool', () => {
    expect(() => open({ instance: {} })).toThrow(new TypeError('tool.instance: no take'))
  })
})

describe('fullStory', () => {
  it('keeps the pace that is allowed', async () => {
    const times: number[] = []
    const integration = fullStory({ instance: () => times.push(Date.now()) })
    integration.start(context)
    for (let n = 0; n < 100; n++) integration.impression(impressionOf(`flag_${n}`))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(times).toHaveLength(100)
    for (const [index, time] of times.entries()) {
      const within = (ms: number) => times.slice(index).filter((it) => it < time + ms).length
      expect(within(1_000)).toBeLessThanOrEqual(40)
      expect(within(60_000)).toBeLessThanOrEqual(60)
    }
  })
})
