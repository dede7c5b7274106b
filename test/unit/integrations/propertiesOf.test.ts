import { describe, expect, it } from 'vitest'
import { cut } from '../../../src/integrations/shared/cut'
import { propertiesOf } from '../../../src/integrations/shared/propertiesOf'
import type { Exposure } from '../../../src/integrations/shared/types'

const exposure: Exposure = {
  flag: 'checkout',
  treatment: 'on',
  label: 'a rule',
  time: 1,
  sdkVersion: 'pennon-1',
  disposition: 'queued',
  properties: { plan: 'pro', 'seats left': 3, variant: 'mine', nothing: null },
}

describe('propertiesOf', () => {
  it('has the names of the tool first, which the site cannot replace, and no null', () => {
    const properties = propertiesOf(exposure, { variant: 'on' }, 100, 100, 100)
    expect(Object.keys(properties)[0]).toBe('variant')
    expect(properties).toMatchObject({ variant: 'on', flag: 'checkout', label: 'a rule', plan: 'pro', 'seats left': 3 })
    expect(properties).not.toHaveProperty('nothing')
  })

  it('keeps the count, and cuts names and texts with a mark', () => {
    const properties = propertiesOf(exposure, { variant: 'on' }, 3, 5, 4)
    expect(properties).toEqual({ 'vari…': 'on', flag: 'che…', 'trea…': 'on' })
  })

  it('makes names that the tool takes', () => {
    expect(propertiesOf(exposure, {}, 100, 100, 100, /\W/g)).toHaveProperty('seats_left', 3)
  })
})

describe('cut', () => {
  it('leaves what fits', () => {
    expect(cut('abcd', 4)).toBe('abcd')
  })

  it('does not end in half a character', () => {
    expect(cut('ab😀cd', 4)).toBe('ab…')
    expect(cut('ab😀cd', 5)).toBe('ab😀…')
  })
})
