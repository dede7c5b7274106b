import { describe, expect, it } from 'vitest'
import { withoutDefinition } from '../../../../src/evaluation/evaluate'
import { createFallback } from '../../../../src/client/treatments/fallbackTreatment'

const control = withoutDefinition('f', 'killed')

describe('apply', () => {
  it('replaces control, by flag first', () => {
    const fallback = createFallback({ global: 'all', byFlag: { f: { treatment: 'mine', config: '{}' } } })
    expect(fallback.apply(control)).toEqual({ ...control, treatment: 'mine', config: '{}', label: 'fallback - killed' })
    expect(fallback.apply(withoutDefinition('g', 'x'))).toMatchObject({
      treatment: 'all',
      config: null,
      label: 'fallback - x',
    })
  })

  it('leaves everything else', () => {
    expect(createFallback(undefined).apply(control)).toBe(control)
    expect(createFallback({ byFlag: { g: 'x' } }).apply(control)).toBe(control)
    expect(createFallback({ byFlag: {} }).apply(withoutDefinition('toString', ''))).toMatchObject({
      treatment: 'control',
    })
  })

  it('gives one frozen object for one decision', () => {
    const fallback = createFallback({ global: 'all' })
    const served = fallback.apply(control)
    expect(fallback.apply(control)).toBe(served)
    expect(Object.isFrozen(served)).toBe(true)
  })
})

describe('refused', () => {
  it('gives the fallback of the name, if it is one', () => {
    const fallback = createFallback({ global: 'all', byFlag: { f: { treatment: 'mine', config: '{}' } } })
    expect(fallback.refused('f')).toEqual({ treatment: 'mine', config: '{}' })
    expect(fallback.refused('g')).toEqual({ treatment: 'all', config: null })
    expect(fallback.refused(undefined)).toEqual({ treatment: 'all', config: null })
    expect(createFallback(null).refused('f')).toEqual({ treatment: 'control', config: null })
  })

  it('gives an object that the caller may change', () => {
    const fallback = createFallback({ global: 'all' })
    fallback.refused('f').treatment = 'changed'
    expect(fallback.refused('f').treatment).toBe('all')
  })
})

describe('what is allowed', () => {
  const served = (global: unknown) => createFallback({ global }).refused(undefined).treatment

  it.each(['on', 'On_1-x', '1', '1.2-b_C', '0abc', 'a'.repeat(100), 'control'])('%s is a treatment', (treatment) => {
    expect(served(treatment)).toBe(treatment)
    expect(served({ treatment })).toBe(treatment)
  })

  it.each(['', 'a b', 'a.b', '.1', '_a', '-1', 'é', 'a\n', 'a'.repeat(101), 5, null, {}, { treatment: 5 }, [], true])(
    '%j is none',
    (global) => {
      const warnings: string[] = []
      const fallback = createFallback({ global, byFlag: { f: 'ok' } }, (message) => warnings.push(message))
      expect(fallback.refused(undefined).treatment).toBe('control')
      expect(fallback.refused('f').treatment).toBe('ok')
      expect(warnings).toHaveLength(1)
    },
  )

  it('leaves out names that are no flag names', () => {
    const warnings: unknown[][] = []
    const byFlag = { 'a b': 'on', ['n'.repeat(101)]: 'on', ['n'.repeat(100)]: 'on', f: 'a b', g: 'on' }
    const fallback = createFallback({ byFlag }, (...warning) => warnings.push(warning))
    const names = ['a b', 'n'.repeat(101), 'n'.repeat(100), 'f', 'g']
    expect(names.map((name) => fallback.refused(name).treatment)).toEqual(['control', 'control', 'on', 'control', 'on'])
    expect(warnings).toEqual([
      ['fallback treatment ignored', 'on', 'a b'],
      ['fallback treatment ignored', 'on', 'n'.repeat(101)],
      ['fallback treatment ignored', 'a b', 'f'],
    ])
  })

  it('warns of nothing where nothing is wrong', () => {
    const warnings: string[] = []
    createFallback({ byFlag: { f: 'on' } }, (message) => warnings.push(message))
    createFallback(undefined, (message) => warnings.push(message))
    expect(warnings).toEqual([])
  })

  it('takes `__proto__` for a name as any other', () => {
    const byFlag = JSON.parse('{"__proto__":"on"}') as Record<string, string>
    expect(createFallback({ byFlag }).refused('__proto__').treatment).toBe('on')
    expect(createFallback({ byFlag }).refused('constructor').treatment).toBe('control')
  })
})
