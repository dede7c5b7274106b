import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../launch'
import { DIFFERENCES } from './differences'
import { differ } from './differ'
import { openStage, type Stage } from './openStage'
import { SCENARIOS } from './scenarios'

let browser: Browser
let stage: Stage
beforeAll(async () => {
  browser = await launch()
  stage = await openStage(browser)
})
afterAll(() => browser.close())

describe('pennon/compat beside the official SDK 1.7.1', () => {
  const occurred = new Set<string>()

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    'answers alike: %s',
    async (name, scenario) => {
      const theirs = await stage.run('official', scenario)
      const ours = await stage.run('pennon', scenario)
      expect(Object.keys(theirs)).not.toEqual([])
      const unlisted = differ(theirs, ours, name).filter((found) => {
        const known = DIFFERENCES.filter(({ is }) => is(found))
        for (const { what } of known) occurred.add(what)
        return !known.length
      })
      expect(unlisted).toEqual([])
    },
  )

  it('differs wherever the list says so', () => {
    expect(DIFFERENCES.map(({ what }) => what).filter((what) => !occurred.has(what))).toEqual([])
  })
})
