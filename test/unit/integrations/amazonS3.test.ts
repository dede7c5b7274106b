import { expect, it, vi } from 'vitest'
import { amazonS3 } from '../../../src/integrations/amazonS3'
import type { IntegrationContext, NamedDelivery } from '../../../src/late/types'

it.each([
  [Date.UTC(2026, 10, 30), '2026/11/30'],
  ['soon', '1970/01/01'],
  [1e300, '1970/01/01'],
])('uploads an exposure of the time %s under %s', async (time, day) => {
  const put = vi.fn(async () => new Response(null))
  vi.stubGlobal('fetch', put)
  const getUploadUrl = vi.fn(() => 'https://bucket.example/put')
  let how: NamedDelivery | undefined
  const nothing = () => undefined
  const outbox = { deliver: (given: NamedDelivery) => void (how = given), add: nothing, dirty: nothing }
  amazonS3({ getUploadUrl }).start({ outbox: () => outbox } as Partial<IntegrationContext> as IntegrationContext)
  const answer = await how?.post([{ flag: 'a', time }], { id: 'post', signal: new AbortController().signal })
  expect(answer).toMatchObject({ status: 200 })
  expect(put).toHaveBeenCalledOnce()
  expect(getUploadUrl).toHaveBeenCalledWith(
    expect.objectContaining({ key: expect.stringContaining(`impressions/${day}/post.ndjson`) as string }),
  )
})
