import { beforeEach, describe, expect, it, vi } from 'vitest'
import { impressionOf } from './impressionOf'
import { webhook, type WebhookBatch } from '../../../src/integrations/webhook'
import type { IntegrationContext, NamedDelivery } from '../../../src/late/types'

const added: WebhookBatch[] = []
let how: NamedDelivery<WebhookBatch>
const outbox = {
  deliver: (given: NamedDelivery<WebhookBatch>) => void (how = given),
  add: (batch: WebhookBatch) => void added.push(batch),
  dirty: () => undefined,
}
const open = (secret?: string) => {
  const integration = webhook({ url: 'https://hook.example/in', ...(secret && { secret }) })
  integration.start({ outbox: () => outbox, labelsEnabled: true } as Partial<IntegrationContext> as IntegrationContext)
  return { ...integration, record: (...flags: string[]) => flags.map(impressionOf).forEach(integration.impression) }
}
const flagsOf = ({ payload }: WebhookBatch) => (JSON.parse(payload) as { flag: string }[]).map(({ flag }) => flag)
const drained = () => how.drain?.().flatMap(flagsOf)
const settle = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  added.length = 0
})

describe('what is recorded while a batch is being signed', () => {
  beforeEach(() => {
    vi.spyOn(crypto.subtle, 'importKey').mockResolvedValue({} as never)
    vi.spyOn(crypto.subtle, 'sign').mockResolvedValue(new ArrayBuffer(32))
  })
  const recordMeanwhile = async () => {
    const { record } = open('a secret')
    record('a')
    await Promise.resolve()
    expect(added).toEqual([])
    record('b', 'c')
  }

  it('is in a signed batch of its own', async () => {
    await recordMeanwhile()
    await settle()
    expect(added.map(flagsOf)).toEqual([['a'], ['b', 'c']])
    expect(added.map(({ signature }) => signature)).toEqual(['0'.repeat(64), '0'.repeat(64)])
    expect(drained()).toEqual([])
  })

  it('is drained with that batch, and not added as well', async () => {
    await recordMeanwhile()
    expect(drained()).toEqual(['a', 'b', 'c'])
    await settle()
    expect(added).toEqual([])
  })
})

it('adds at its end what the same task recorded, and nothing twice', async () => {
  const { record, stop } = open()
  record('a', 'b')
  expect(drained()).toEqual(['a', 'b'])
  record('c', 'd')
  stop()
  expect(added.map(flagsOf)).toEqual([['c', 'd']])
  await settle()
  expect([added.map(flagsOf), drained()]).toEqual([[['c', 'd']], []])
})

describe('of batches that cannot be read', () => {
  const damaged = [null, {}, { payload: '[{"flag":' }, { payload: '5' }, { payload: '[null]' }] as WebhookBatch[]
  const post = async (...batches: WebhookBatch[]) => {
    const posted: string[][] = []
    vi.stubGlobal('fetch', async (_url: string, { body }: { body: string }) => {
      posted.push(flagsOf(JSON.parse(body) as WebhookBatch))
      return new Response(null)
    })
    open()
    const { status } = await how.post(batches, { id: 'post', signal: new AbortController().signal })
    return { status, posted }
  }

  it('none keeps the others from being posted', async () => {
    const whole = { payload: '[{"flag":"a"}]', timestamp: 1 }
    expect(await post(...damaged, whole)).toEqual({ status: 200, posted: [['a']] })
  })

  it('nothing is posted, and the answer is that they are too big', async () => {
    expect(await post(...damaged)).toEqual({ status: 413, posted: [] })
  })
})
