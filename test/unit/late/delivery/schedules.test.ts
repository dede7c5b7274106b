import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld, OK, type Fate, type Pending } from './world'

/** What may happen next. `page` and `post` choose among those that are there. */
type Step =
  | { do: 'record'; page: number; count: number; padding: number }
  | { do: 'repeat'; page: number; flag: number }
  | { do: 'see'; page: number; flag: number }
  | { do: 'pass'; ms: number }
  | { do: 'flush' | 'hide' | 'show' | 'freeze' | 'leave' | 'crash'; page: number }
  | { do: 'answer'; post: number; fate: Fate }
  | { do: 'open'; consent: 'granted' | 'unknown' }
  | { do: 'consent'; page: number; to: 'granted' | 'declined' }
  | { do: 'network' | 'storage' | 'beacons'; works: boolean }
  | { do: 'breathe' }

const FATES: Fate[] = [
  OK,
  { arrives: false, status: 503 },
  { arrives: false, status: 429 },
  { arrives: false, status: 408, retryAfterMs: 1_000 },
  { arrives: false, status: 413 },
  { arrives: false, status: 400 },
  { arrives: false, status: undefined },
  // The answer is lost: the one case in which something may be sent twice.
  { arrives: true, status: undefined },
]
const page = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      page,
      count: fc.constantFrom(1, 3, 700),
      padding: fc.constantFrom(0, 300),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), page, flag: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('see' as const), page, flag: fc.nat(2) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(10, 300, 600, 6_000, 61_000, 400_000),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'flush' as const,
        'hide' as const,
        'show' as const,
        'freeze' as const,
        'leave' as const,
        'crash' as const,
      ),
      page,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('answer' as const), post: fc.nat(3), fate: fc.constantFrom(...FATES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      consent: fc.constantFrom('granted' as const, 'granted' as const, 'unknown' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('consent' as const),
      page,
      to: fc.constantFrom('granted' as const, 'granted' as const, 'declined' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('network' as const, 'storage' as const, 'beacons' as const),
      works: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'breathe' as const }) },
)

/** Runs the steps, then lets everything work again, and one last page deliver what is left. */
async function run(steps: Step[], mode: 'DEBUG' | 'OPTIMIZED') {
  const world = await createWorld({ mode })
  const frozen = new Set<object>()
  const declined = new Set<object>()
  const recorded = new Map<string, { page: object; mayBeLost: boolean; mayBeDoubled: boolean }>()
  const repeated = new Map<string, number>()
  let flags = 0
  // While nothing happened that may cost or double a count.
  let isExact = true
  const flagsOf = ({ body, url }: Pending) =>
    url.endsWith('/bulk') ? (JSON.parse(body) as { f: string }[]).map(({ f }) => f) : []
  const answer = (post: Pending, fate: Fate) => {
    for (const flag of flagsOf(post)) {
      const item = recorded.get(flag)
      if (!item) continue
      // Refused for good, and said so; or left to the browser by a page that is gone.
      if (fate.status === 400 || (fate.status === 413 && flagsOf(post).length === 1)) item.mayBeLost = true
      if (!fate.arrives && post.keepalive && (!post.page.isAlive || handedOver.has(post))) item.mayBeLost = true
      if (fate.arrives && (fate.status === undefined || !post.page.isAlive || world.storageFails)) {
        item.mayBeDoubled = true
      }
    }
    if (fate.status === 400 || fate.status === 413 || fate.status === undefined) isExact = false
    if (handedOver.has(post) || !post.page.isAlive) isExact = false
    post.answer(fate)
  }
  // Left to the browser at page hide: what comes of it, nobody hears.
  const handedOver = new Set<Pending>()
  const handOver = (from: object) => {
    // What the browser takes now cannot be deleted.
    if (world.storageFails) for (const item of recorded.values()) item.mayBeDoubled = true
    for (const post of world.pending) if (post.page === from && post.keepalive) handedOver.add(post)
  }
  world.open()
  for (const step of steps) {
    const living = world.pages.filter(({ isAlive }) => isAlive)
    const at = 'page' in step ? living[step.page % Math.max(living.length, 1)] : undefined
    if ('page' in step && !at) continue
    if (at && frozen.has(at) && step.do !== 'show' && step.do !== 'crash') continue
    switch (step.do) {
      case 'record':
        for (let n = 0; n < step.count; n++) {
          const flag = `flag-${flags++}`
          recorded.set(flag, { page: at as object, mayBeLost: declined.has(at as object), mayBeDoubled: false })
          at?.impression(flag, step.padding)
        }
        break
      case 'repeat':
        repeated.set(`r${step.flag}`, (repeated.get(`r${step.flag}`) ?? 0) + 1)
        at?.count(`r${step.flag}`)
        break
      case 'see':
        // What any page may have seen before: sent once an hour, else counted.
        repeated.set(`s${step.flag}`, (repeated.get(`s${step.flag}`) ?? 0) + 1)
        at?.impression(`s${step.flag}`)
        break
      case 'pass':
        await world.pass(step.ms)
        break
      case 'flush':
        void at?.sender.flush('manual')
        break
      case 'hide':
        if (world.storageFails) for (const item of recorded.values()) item.mayBeDoubled = true
        at?.hide()
        break
      case 'show':
        if (at && frozen.delete(at)) at.thaw()
        else at?.show()
        break
      case 'freeze':
        handOver(at as object)
        // A page in the bfcache hears no answer, and its lock is anybody's: what is on its way may be sent by who has it.
        for (const post of world.pending) {
          if (post.page !== at || post.keepalive) continue
          for (const flag of flagsOf(post)) {
            const item = recorded.get(flag)
            if (item) item.mayBeDoubled = true
          }
        }
        at?.freeze()
        frozen.add(at as object)
        break
      case 'leave':
        handOver(at as object)
        // Without consent nothing of it may remain.
        if (at?.consent !== 'granted') isExact = false
        at?.leave()
        await world.settle()
        break
      case 'crash':
        // Also from the bfcache, where the browser throws pages away as it likes.
        isExact = false
        at?.crash()
        await world.settle()
        // It may have died between an answer and the deletion.
        for (const flag of await world.flagsOnDisk()) {
          const item = recorded.get(flag)
          if (item && world.received.some((received) => received.flag === flag)) item.mayBeDoubled = true
        }
        break
      case 'answer': {
        const post = world.pending[step.post % Math.max(world.pending.length, 1)]
        // A frozen page hears it when it is back.
        if (post && !frozen.has(post.page)) answer(post, step.fate)
        for (let n = 0; n < 10; n++) await Promise.resolve()
        break
      }
      case 'open':
        if (living.length < 3) world.open({ consent: step.consent })
        break
      case 'consent':
        if (step.to === 'declined') {
          // Forgotten here and on disk; what is on its way may still arrive.
          for (const item of recorded.values()) item.mayBeLost = true
          declined.add(at as object)
          isExact = false
        } else declined.delete(at as object)
        at?.setConsent(step.to)
        // What another page records while this one deletes may be deleted as well.
        await world.settle()
        break
      case 'network':
        world.isOnline = step.works
        break
      case 'storage':
        world.storageFails = !step.works
        isExact = false
        break
      case 'beacons':
        world.acceptsBeacon = () => step.works
        break
      case 'breathe':
        await world.settle()
    }
  }
  world.isOnline = true
  world.storageFails = false
  world.acceptsBeacon = () => true
  for (const post of [...world.pending]) answer(post, { arrives: true, status: 200 })
  world.fate = () => OK
  for (const page of world.pages) {
    if (page.isAlive && page.consent === 'unknown') page.setConsent('granted')
    if (page.isAlive && frozen.has(page)) page.thaw()
  }
  await world.pass(400_000)
  for (const page of world.pages) if (page.isAlive) page.show()
  await world.pass(4_000_000)
  for (const page of world.pages) if (page.isAlive) await page.sender.flush('manual')
  world.open()
  await world.pass(10_000)
  return { world, recorded, repeated, isExact: isExact && !world.hadToWait }
}

function verdict({ world, recorded, repeated, isExact }: Awaited<ReturnType<typeof run>>) {
  const times = new Map<string, number>()
  for (const { flag } of world.received) times.set(flag, (times.get(flag) ?? 0) + 1)
  const lost: string[] = []
  const doubled: string[] = []
  for (const [flag, { page, mayBeLost, mayBeDoubled }] of recorded) {
    const count = times.get(flag) ?? 0
    // What a page had not stored died with it.
    const died = !(page as { isAlive: boolean }).isAlive && !world.everStored.has(flag)
    if (count === 0 && !mayBeLost && !died) lost.push(flag)
    if (count > 1 && !mayBeDoubled) doubled.push(flag)
  }
  const miscounted = [...repeated].filter(([flag, count]) => {
    return isExact && (times.get(flag) ?? 0) + (world.counted.get(flag) ?? 0) !== count
  })
  return { miscounted, lost: lost.slice(0, 3), doubled: doubled.slice(0, 3) }
}

describe('any schedule of records, posts, answers, hides and deaths', () => {
  it.each(['DEBUG', 'OPTIMIZED'] as const)(
    'loses nothing that was stored and doubles nothing whose answer came (%s)',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 40 }), async (steps) => {
          const ran = await run(steps, mode)
          try {
            expect(verdict(ran)).toEqual({ miscounted: [], lost: [], doubled: [] })
          } finally {
            ran.world.close()
          }
        }),
        { numRuns: Number(process.env.SCHEDULES ?? 60) },
      )
    },
    60_000,
  )
})
