import { expect, it, vi } from 'vitest'
import { createSecondFile } from '../../../src/client/secondFile'
import type { Core } from '../../../src/late/types'
import { createFakeClock, settle } from '../definitions/fakes'

/** A page whose second file notes when it was asked for, and is there at once. */
function openSecondFile({ allowOverrides = false } = {}) {
  let ask!: () => void
  let answer!: () => void
  const firstRequests = {
    asked: new Promise<void>((resolve) => (ask = resolve)),
    answered: new Promise<void>((resolve) => (answer = resolve)),
  }
  const clock = createFakeClock()
  const onLoad = vi.fn()
  const log = { once: vi.fn(), speak: vi.fn() }
  const secondFile = createSecondFile({
    loadLate: async (due) => {
      await due()
      onLoad()
      return { startLate: () => ({}) as never }
    },
    settings: { requestTimeoutMs: 5_000, allowOverrides },
    clock,
    page: { isActive: () => true, onChange: () => () => undefined },
    log: log as never,
  })
  secondFile.load({ firstRequests, hub: { emit: vi.fn() } } as unknown as Core)
  return { secondFile, ask, answer, clock, onLoad }
}

it('is loaded when the first answers are there, and no timer is left', async () => {
  const { secondFile, ask, answer, clock, onLoad } = openSecondFile()
  ask()
  await clock.advance(1_000)
  expect(onLoad).not.toHaveBeenCalled()
  answer()
  await settle()
  expect(onLoad).toHaveBeenCalledTimes(1)
  expect(secondFile.late).toBeDefined()
  expect(clock.pending()).toBe(0)
})

it('is loaded after two seconds where they do not come', async () => {
  const { ask, answer, clock, onLoad } = openSecondFile()
  ask()
  await clock.advance(1_999)
  expect(onLoad).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(onLoad).toHaveBeenCalledTimes(1)
  answer()
  await clock.advance(10_000)
  expect(onLoad).toHaveBeenCalledTimes(1)
})

it('is loaded at once for who needs it, and no timer is left', async () => {
  const { secondFile, clock, onLoad } = openSecondFile()
  await secondFile.settle()
  expect(onLoad).toHaveBeenCalledTimes(1)
  expect(clock.pending()).toBe(0)
})

it('is loaded when everything was asked where QA may override: nobody is ready before', async () => {
  const { ask, onLoad } = openSecondFile({ allowOverrides: true })
  await settle()
  expect(onLoad).not.toHaveBeenCalled()
  ask()
  await settle()
  expect(onLoad).toHaveBeenCalledTimes(1)
})
