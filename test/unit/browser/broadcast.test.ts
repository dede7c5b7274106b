import { afterEach, describe, expect, it, vi } from 'vitest'
import { createBroadcast } from '../../../src/browser/broadcast'

const onFault = vi.fn()
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  process.off('uncaughtException', onFault)
})

function listen(broadcast: ReturnType<typeof createBroadcast>): unknown[] {
  const heard: unknown[] = []
  stops.push(broadcast.listen((text) => heard.push(text)))
  return heard
}

describe('broadcast', () => {
  it('reaches the others of its name, and not itself', async () => {
    const [one, two, other] = ['a', 'a', 'b'].map(createBroadcast)
    const [heardByOne, heardByTwo, heardByOther] = [one!, two!, other!].map(listen)
    one!.send('first')
    // Who does not listen is heard, too.
    createBroadcast('a').send('second')
    await expect.poll(() => heardByTwo).toEqual(['first', 'second'])
    await expect.poll(() => heardByOne).toEqual(['second'])
    expect(heardByOther).toEqual([])
  })

  it('takes anything that another script sends under its name, and throws nothing into the page', async () => {
    process.on('uncaughtException', onFault)
    const heard = listen(createBroadcast('a'))
    const foreign = new BroadcastChannel('a')
    stops.push(() => foreign.close())
    for (const message of [{ toString: 1, valueOf: 1 }, null, [[]], 'text']) foreign.postMessage(message)
    await expect.poll(() => heard).toEqual([{ toString: 1, valueOf: 1 }, null, [[]], 'text'])
    expect(onFault).not.toHaveBeenCalled()
  })

  it('is silent where channels are forbidden', () => {
    vi.stubGlobal('BroadcastChannel', function forbidden() {
      throw new DOMException('no', 'SecurityError')
    })
    const broadcast = createBroadcast('a')
    expect(() => {
      broadcast.listen(() => undefined)()
      broadcast.send('text')
    }).not.toThrow()
  })
})
