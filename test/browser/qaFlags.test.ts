import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { can } from './engine'
import { launch } from './launch'
import { openQa, type Qa } from './openQa'

let browser: Browser
let qa: Qa
beforeAll(async () => {
  browser = await launch({ bfcache: false })
})
afterAll(() => browser.close())
beforeEach(async () => {
  qa = await openQa(browser)
})
afterEach(() => qa.close())

const flag = (name: string) => qa.server.definitions.ff.d.find((each) => each.name === name)
const openFlag = async (name: string) => {
  await qa.open('/flags.html')
  await qa.page.locator(`::-p-xpath(//ul[@id="list"]//button[.//span[text()="${name}"]])`).click()
  await qa.says('#flag-title', name)
}
/** The Decide page in a tab of its own, and what it shows of a flag. */
const decide = async (query = '') => {
  const page = await qa.open(`/${query}`, true)
  await qa.says('#client', 'ready', page)
  await qa.server.streaming.connected()
  return page
}
const shows = (page: Page, name: string, treatment: string, label: string) =>
  page.waitForFunction(
    (...wanted: string[]) =>
      [...document.querySelectorAll('#flags tbody tr')].some((row) => {
        const [flag, ...cells] = [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())
        return flag?.split(/\s/)[0] === wanted[0] && cells[0] === wanted[1] && cells[1] === wanted[2]
      }),
    // The page may be behind another one, where few frames are drawn.
    { polling: 50 },
    name,
    treatment,
    label,
  )
const hides = (page: Page, text: string) =>
  page.waitForFunction((gone) => !document.getElementById('flags')?.innerText.includes(gone), { polling: 50 }, text)

/** A test of the keyboard. */
const keys = it.skipIf(!can.activeWindow)

describe('the flags page', () => {
  it('kills a flag, and an open page changes over streaming', async () => {
    const open = await decide('?key=ada')
    await openFlag('staff_toolbar')
    await shows(open, 'staff_toolbar', 'on', 'in segment employees')
    // From here on only the stream can bring a change.
    const recover = qa.server.fault('/splitChanges', { hang: true })
    await qa.press('Kill')
    // Nothing happens before Save, and above the button the page says what will.
    await qa.says('#review', 'Kill: everyone gets off.')
    expect(flag('staff_toolbar')).toMatchObject({ killed: false })
    await qa.press('Save')
    await shows(open, 'staff_toolbar', 'off', 'killed')
    recover()
    await qa.says('#editor', 'Killed: everyone gets the default treatment.')
    await qa.says('#list', 'staff_toolbarkilled')
    await qa.press('Restore')
    await qa.press('Save')
    await shows(open, 'staff_toolbar', 'on', 'in segment employees')
    // A page that stays longer than a request may take says that the one from before got no answer.
    expect(qa.complaints.filter((line) => !line.includes('(no answer from'))).toEqual([])
  })

  it('switches tracking off: impressions stop, counts and unique keys go on, and the badge appears', async () => {
    const open = await decide('?key=ada')
    await shows(open, 'staff_toolbar', 'on', 'in segment employees')
    await openFlag('staff_toolbar')
    await qa.page.click('#tracking')
    await qa.says('#review', 'Impressions are counted, no longer sent one by one.')
    await qa.press('Save')
    await qa.says('#flag-title', 'tracking off')
    await qa.says('#list', 'staff_toolbartracking off')
    expect(flag('staff_toolbar')).toMatchObject({ impressionsDisabled: true })
    await qa.says('#flags', /staff_toolbar\s*tracking off/, open)
    const since = new Date(flag('staff_toolbar')?.changeNumber ?? 0).toLocaleString('sv-SE', {
      dateStyle: 'short',
      timeStyle: 'short',
    })
    await qa.says('.switch', `Off since ${since} at the latest`)
    await qa.press('Why staff_toolbar', open)
    await qa.says('.why', `Tracking has been off since ${since} at the latest: no impressions are sent.`, open)

    // What was decided before is sent; from here on nothing but counts is.
    await qa.press('Send now', open)
    await qa.says('#status', 'Sent what was waiting.', open)
    const before = qa.server.impressions().filter((row) => row.flag === 'staff_toolbar').length
    await open.click('#next')
    await qa.says('#status', /Decided .* for /, open)
    await qa.press('Send now', open)
    await qa.says('#status', 'Sent what was waiting.', open)
    expect(qa.server.impressions().filter((row) => row.flag === 'staff_toolbar')).toHaveLength(before)
    expect(qa.server.counts().some((row) => row.flag === 'staff_toolbar')).toBe(true)
    expect(qa.server.uniqueKeys().some((row) => row.flag === 'staff_toolbar')).toBe(true)
  })

  it('changes percentages and who is named, and says what does not add up', async () => {
    await openFlag('checkout_v2')
    const [on, off] = await qa.page.$$('.flag > .partitions input')
    await on?.click({ count: 3 })
    await on?.type('30')
    await qa.says('.flag > .partitions .sum', '= 80 %')
    await qa.press('Save')
    await qa.says('#editor .error', 'Not saved: the percentages add up to 80, not to 100.')
    await off?.click({ count: 3 })
    await off?.type('70')
    await qa.page.type('.targets textarea', 'ada, grace')
    await qa.press('Save')
    await qa.says('#editor .status', 'Saved, and on its way to the open pages.')
    expect(flag('checkout_v2')?.['conditions']).toMatchObject([
      { label: 'whitelisted', matcherGroup: { matchers: [{ whitelistMatcherData: { whitelist: ['ada', 'grace'] } }] } },
      {
        label: 'default rule',
        partitions: [
          { treatment: 'on', size: 30 },
          { treatment: 'off', size: 70 },
        ],
      },
    ])
  })

  it('makes a rule from the form, labelled as it reads, and an open page follows', async () => {
    const open = await decide('?key=user-3&attributes={"plan":"pro"}')
    await shows(open, 'checkout_v2', 'on', 'default rule')
    await openFlag('checkout_v2')
    await qa.type('#new-treatment', 'vip')
    await qa.page.keyboard.press('Tab')
    await qa.press('Add a rule')
    await qa.page.type('.rules [aria-label="attribute"]', 'plan')
    await qa.page.type('.rules [aria-label="value"]', 'pro, team')
    // The label that the rule will get is shown while its fields are typed.
    await qa.says('.rules strong', 'user.plan in list ["pro", "team"]')
    const fields = await qa.page.$$('.rules .partitions input')
    await fields[2]?.click({ count: 3 })
    await fields[2]?.type('100')
    await qa.press('Save')
    await qa.says('#editor .status', 'Saved')
    await shows(open, 'checkout_v2', 'vip', 'user.plan in list ["pro", "team"]')
    await qa.press('Remove rule')
    await qa.press('Save')
    await qa.says('#editor .status', 'Saved')
    await hides(open, 'user.plan in list')
    expect(qa.complaints).toEqual([])
  })

  it('changes prerequisites and flag sets', async () => {
    const open = await decide('?key=user-3')
    await openFlag('checkout_v2')
    await qa.page.select('[aria-label="Add a prerequisite"]', 'legacy_search')
    await qa.press('Save')
    await qa.says('#editor .error', 'Not saved: the prerequisite legacy_search needs a treatment.')
    await qa.page.click('.prerequisites input')
    await qa.says('#review', 'Prerequisites: none → legacy_search is on.')
    await qa.type('#sets', 'checkout, autumn')
    await qa.says('#review', 'Flag sets: checkout → checkout, autumn.')
    await qa.press('Save')
    await qa.says('#editor .status', 'Saved')
    expect(flag('checkout_v2')).toMatchObject({
      sets: ['checkout', 'autumn'],
      prerequisites: [{ n: 'legacy_search', ts: ['on'] }],
    })
    // The required flag is killed, and gives `off`.
    await shows(open, 'checkout_v2', 'off', 'prerequisites not met')
    await qa.press('Remove the prerequisite legacy_search')
    await qa.press('Save')
    await hides(open, 'prerequisites not met')
    expect(flag('checkout_v2')).toMatchObject({ prerequisites: [] })
  })

  it('changes a rule-based segment, and makes one', async () => {
    await qa.open('/flags.html')
    await qa.page.waitForSelector('#segment')
    await qa.page.select('#segment', 'loyal_customers')
    await qa.says('#rule-based .rules strong', 'user.orders >= 10')
    await qa.type('#rule-based [aria-label="value"]', '5')
    await qa.says('#rule-based .rules strong', 'user.orders >= 5')
    await qa.type('#excluded-keys', 'user-13, ada')
    await qa.says('#segment-review', 'Excluded keys: user-13 → user-13, ada.')
    await qa.press('Save segment')
    await qa.says('#rule-based .status', 'Saved, and on its way to the open pages.')
    const segment = (name: string) => qa.server.definitions.rbs.d.find((each) => each.name === name)
    expect(segment('loyal_customers')).toMatchObject({
      excluded: { keys: ['user-13', 'ada'], segments: [{ type: 'standard', name: 'employees' }] },
      conditions: [{ label: 'user.orders >= 5' }, {}],
    })
    await qa.page.locator('#segment-history summary').click()
    await qa.says('#segment-history', 'Rule changed: user.orders >= 10 → user.orders >= 5.')
    await qa.press('Restore this version')
    await qa.says('#rule-based .status', 'Restored, and on its way to the open pages.')
    await qa.says('#rule-based .rules strong', 'user.orders >= 10')
    expect(segment('loyal_customers')).toMatchObject({ excluded: { keys: ['user-13'] } })
    const newName = () => qa.page.$eval('#new-segment', (field) => (field as HTMLInputElement).value)
    await qa.type('#new-segment', 'loyal_customers')
    await qa.press('Create segment')
    await qa.says('#rule-based .error', 'Not saved: ')
    expect(await newName()).toBe('loyal_customers')
    await qa.type('#new-segment', 'testers')
    await qa.press('Create segment')
    await qa.press('Add a segment rule')
    expect(await newName()).toBe('')
    await qa.page.type('#rule-based [aria-label="value"]', 'ada, grace')
    await qa.press('Save segment')
    await qa.says('#rule-based .status', 'Saved')
    expect(segment('testers')).toMatchObject({ conditions: [{ label: 'in list ["ada", "grace"]' }] })
    expect(await qa.audit()).toEqual([])
    await qa.press('Archive segment')
    await qa.says('#rule-based .status', 'testers is archived.')
    expect(segment('testers')).toMatchObject({ status: 'ARCHIVED' })
    // The console has the browser's own line about the refused request.
    expect(qa.complaints.filter((line) => !line.includes('400 (Bad Request)'))).toEqual([])
  })

  it('makes a flag, changes its configuration, and brings an earlier version back', async () => {
    await qa.open('/flags.html')
    await qa.page.waitForSelector('#new-name')
    await qa.type('#new-name', 'brand_new')
    await qa.page.select('#copy-of', 'checkout_v2')
    await qa.press('Create')
    await qa.says('#flag-title', 'brand_new')
    expect(flag('brand_new')?.['conditions']).toEqual(flag('checkout_v2')?.['conditions'])
    const area = await qa.page.waitForSelector('::-p-xpath(//label[contains(., "Configuration of")]/textarea)')
    await area?.type('{"colour":"amber"}')
    await qa.says('#review', 'Configuration of on: changed.')
    await qa.press('Save')
    await qa.says('#editor .status', 'Saved')
    expect(flag('brand_new')?.['configurations']).toMatchObject({ on: '{"colour":"amber"}' })
    await qa.page.locator('#history summary').click()
    await qa.says('#history', 'Configuration of on: changed.')
    await qa.press('Restore this version')
    await qa.says('#editor .status', 'Restored')
    expect(flag('brand_new')?.['configurations']).toEqual(flag('checkout_v2')?.['configurations'])
    await qa.press('Archive')
    await qa.press('Save')
    await qa.page.waitForFunction(() => !document.getElementById('list')?.textContent?.includes('brand_new'))
    expect(flag('brand_new')).toMatchObject({ status: 'ARCHIVED' })
    expect(qa.complaints).toEqual([])
  })

  keys('does all of it from the keyboard: makes a flag, changes a rule, reviews, saves and restores', async () => {
    const { keyboard } = await qa.open('/flags.html')
    await qa.page.waitForSelector('#list button')
    await qa.page.bringToFront()
    /** Presses Tab until the element has the focus. */
    const tabTo = async (selector: string) => {
      for (let presses = 0; presses < 80; presses++) {
        await keyboard.press('Tab')
        if (await qa.page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return
      }
      throw new Error(`Tab never reaches ${selector}`)
    }
    /** The title of the editor, from which Tab leads into it. */
    const isAtTitle = () => qa.page.waitForSelector('#flag-title:focus')
    await tabTo('#new-name')
    await keyboard.type('by_keyboard')
    await tabTo('#copy-of')
    await keyboard.type('california_b')
    await tabTo('#create button')
    await keyboard.press('Enter')
    await qa.says('#flag-title', 'by_keyboard')
    await isAtTitle()
    expect(flag('by_keyboard')?.['conditions']).toEqual(flag('california_banner')?.['conditions'])
    await tabTo('.rules [aria-label="value"]')
    // Tab selected the text of the field.
    await keyboard.type('nevada')
    await qa.says('#review', /Rule changed: .*"california".* → .*"nevada"/)
    await tabTo('#editor button.main')
    await keyboard.press('Enter')
    await qa.says('#editor .status', 'Saved')
    await isAtTitle()
    expect(flag('by_keyboard')?.['conditions']).toMatchObject([{ label: 'user.location in list ["nevada"]' }, {}])
    await tabTo('#history summary')
    await keyboard.press('Enter')
    await qa.says('#history', 'user.location in list ["nevada"]')
    await tabTo('#history button')
    await keyboard.press('Enter')
    await qa.says('#editor .status', 'Restored')
    await isAtTitle()
    expect(flag('by_keyboard')?.['conditions']).toEqual(flag('california_banner')?.['conditions'])
    expect(qa.complaints).toEqual([])
  })

  keys('gives the focus to a neighbour when a button goes away or has nothing to do any more', async () => {
    const { keyboard } = await qa.open('/flags.html?flag=california_banner')
    await qa.page.waitForSelector('#editor form')
    await qa.page.bringToFront()
    /** Presses the button, and gives what has the focus then, with its place among those of its name. */
    const after = async (button: string, at = 0) => {
      await qa.page.evaluate(
        (selector, place) => document.querySelectorAll<HTMLElement>(selector)[place]?.focus(),
        button,
        at,
      )
      await keyboard.press('Enter')
      return qa.page.evaluate(
        // After two frames the element that was removed is gone.
        () =>
          new Promise<string>((resolve) =>
            requestAnimationFrame(() =>
              requestAnimationFrame(() => {
                const { activeElement } = document
                const name = (of: Element | null) => of?.getAttribute('aria-label') ?? of?.textContent?.trim() ?? ''
                const same = [...document.querySelectorAll('button, select')].filter(
                  (each) => name(each) === name(activeElement),
                )
                resolve(
                  `${activeElement === document.body ? 'nothing' : name(activeElement)} ${same.indexOf(activeElement as Element)}`,
                )
              }),
            ),
          ),
      )
    }
    const rules = '#editor .rules'
    const add = '#editor .stack:has(> .rules) > div > button'
    for (let count = 0; count < 2; count++) expect(await after(add)).toBe('Add a rule 0')
    expect(await after(`${rules} li:last-child .conditions + div button`)).toBe('And… 2')
    const conditions = `${rules} li:last-child .condition .remove`
    expect(await after(conditions, 0)).toBe('Remove this condition 2')
    expect(await after(conditions, 0)).toBe('And… 2')
    expect(await after(`${rules} > li:nth-child(3) .buttons button`)).toBe('Move up 1')
    expect(await after(`${rules} > li:nth-child(2) .bar .remove`)).toBe('Remove rule 1')
    expect(await after(`${rules} > li:nth-child(2) .bar .remove`)).toBe('Remove rule 0')
    expect(await after(`${rules} > li .bar .remove`)).toBe('Add a rule 0')
    await qa.page.select('[aria-label="Add a prerequisite"]', 'checkout_v2')
    expect(await after('.prerequisites .remove')).toBe('Add a prerequisite 0')

    await qa.page.select('#segment', 'loyal_customers')
    expect(await after('#rule-based .rules > li .bar .remove')).toBe('Remove segment rule 0')
    await after('#rule-based button.main')
    await qa.says('#rule-based .status', 'Saved')
    await qa.page.waitForSelector('#rule-based-title:focus')
    await after('#rule-based form.flag > .buttons button:last-child')
    await qa.says('#rule-based .status', 'archived')
    await qa.page.waitForSelector('#rule-based-title:focus')

    await after('#editor .bar .buttons button:last-child')
    await after('#editor button.main')
    await qa.says('#editor .status', 'california_banner is archived.')
    await qa.page.waitForSelector('#flag-title:focus')
    expect(qa.complaints).toEqual([])
  })

  it('says why a flag cannot be made', async () => {
    await qa.open('/flags.html')
    await qa.page.waitForSelector('#new-name')
    await qa.type('#new-name', '1st')
    await qa.press('Create')
    await qa.says('#create-error', 'Not created: a name begins with a letter')
  })

  it('changes the segments of a key', async () => {
    const open = await decide('?key=user-42')
    await shows(open, 'staff_toolbar', 'off', 'default rule')
    await qa.open('/flags.html')
    await qa.type('#member', 'user-42')
    await qa.page.keyboard.press('Tab')
    await qa.page.waitForFunction(
      () => (document.getElementById('large-segments') as HTMLTextAreaElement).value === 'newsletter',
    )
    await qa.type('#segments', 'employees')
    await qa.press('Save segments')
    await qa.says('#member-status', 'Saved the segments of user-42.')
    await shows(open, 'staff_toolbar', 'on', 'in segment employees')
  })

  it('edits one environment and leaves the other alone', async () => {
    await qa.open('/flags.html')
    await Promise.all([qa.page.waitForNavigation(), qa.page.select('#environment', 'Production')])
    await qa.page.waitForSelector('#list button')
    await qa.page.locator('::-p-xpath(//ul[@id="list"]//button[.//span[text()="checkout_v2"]])').click()
    await qa.press('Kill')
    await qa.press('Save')
    await qa.says('#list', 'checkout_v2killed')
    expect(flag('checkout_v2')).toMatchObject({ killed: false })
    // The way to the other pages keeps the environment.
    await Promise.all([qa.page.waitForNavigation(), qa.press('Decide')])
    expect(new URL(await qa.address()).searchParams.get('environment')).toBe('Production')
    await shows(qa.page, 'checkout_v2', 'off', 'killed')
  })

  it('shows names and labels from anywhere as text', async () => {
    const hostile = '<img src=x onerror="document.title = 1">'
    qa.server.setDefinitions({
      ff: {
        d: [
          {
            name: hostile,
            changeNumber: 9,
            defaultTreatment: hostile,
            conditions: [
              {
                label: hostile,
                partitions: [{ treatment: hostile, size: 100 }],
                matcherGroup: { matchers: [{ matcherType: 'X' }] },
              },
            ],
          },
        ],
      },
    })
    await qa.open('/flags.html')
    await qa.page.waitForSelector('#list button')
    await qa.page.click('#list button')
    await qa.says('#flag-title', hostile)
    expect(await qa.page.$('main img')).toBeNull()
    expect(await qa.page.title()).toBe('Flags – pennon QA')
  })

  it('has the percentages of three treatments beside each other on a phone', async () => {
    await openFlag('first_order_discount')
    await qa.page.setViewport({ width: 390, height: 844 })
    const tops = await qa.page.$$eval('.partitions', (rules) =>
      rules.map((rule) => [...rule.querySelectorAll('input')].map((field) => field.getBoundingClientRect().top)),
    )
    expect(tops.map((line) => line.length)).toEqual([3, 3])
    for (const line of tops) expect(new Set(line).size).toBe(1)
  })

  it('axe finds nothing', async () => {
    for (const name of ['california_banner', 'stock_badge', 'legacy_search']) {
      await openFlag(name)
      expect(await qa.audit()).toEqual([])
    }
  })
})
