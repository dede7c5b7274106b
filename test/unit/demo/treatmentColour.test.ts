import { expect, it } from 'vitest'
import { treatmentColour } from '../../../demo/page/treatmentColour'

it('gives treatments hues that do not repeat, and the same one every time', () => {
  const names = Array.from({ length: 24 }, (_, n) => `variant_${n}`)
  const hues = names.map((name) => treatmentColour(name))
  expect(new Set(hues.map((colour) => JSON.stringify(colour))).size).toBe(24)
  expect(names.map((name) => treatmentColour(name))).toEqual(hues)
  expect(treatmentColour('on')).toEqual({ name: 'on' })
})
