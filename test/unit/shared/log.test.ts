import { describe, expect, it, vi } from 'vitest'
import { createLog as createSilentLog, plainly } from '../../../src/shared/log'
import type { Logger, LogLevel } from '../../../src/shared/log'

const spies = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() })

/** A log whose texts are there. */
const createLog = (logger: Logger, level: LogLevel) => {
  const log = createSilentLog(logger, level)
  log.speak(plainly)
  return log
}

describe('log', () => {
  it('writes what is at least as important as its level, with its name in front', () => {
    const logger = spies()
    const log = createLog(logger, 'warn')
    log.debug('d')
    log.info('i')
    log.warn('w')
    log.error('e')
    expect(logger.debug).not.toHaveBeenCalled()
    expect(logger.info).not.toHaveBeenCalled()
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith('pennon: w')
    expect(logger.error).toHaveBeenCalledExactlyOnceWith('pennon: e')
  })

  it('is silent at none', () => {
    const logger = spies()
    createLog(logger, 'none').error('e')
    expect(logger.error).not.toHaveBeenCalled()
  })

  it('says a fault once per change of state', () => {
    const logger = spies()
    const log = createLog(logger, 'warn')
    log.once('warn', 'storage', 'gone')
    log.once('warn', 'storage', 'gone')
    log.once('warn', 'network', 'gone too')
    log.recovered('storage')
    log.once('warn', 'storage', 'gone again')
    expect(logger.warn.mock.calls).toEqual([['pennon: gone'], ['pennon: gone too'], ['pennon: gone again']])
  })

  it('survives a logger that throws', () => {
    const logger = {
      ...spies(),
      error: () => {
        throw new Error('no console')
      },
    }
    expect(() => createLog(logger, 'warn').error('e')).not.toThrow()
  })

  it('keeps lines until their texts are there, in order, and a hundred at most', () => {
    const logger = spies()
    const log = createSilentLog(logger, 'warn')
    for (let n = 0; n < 150; n++) log.warn('line', n)
    log.debug('d')
    expect(logger.warn).not.toHaveBeenCalled()
    log.speak((line, [n]) => `${line} ${String(n)}`)
    expect(logger.warn.mock.calls).toEqual(Array.from({ length: 100 }, (_, n) => [`pennon: line ${n}`]))
    log.warn('line', 'last')
    expect(logger.warn).toHaveBeenLastCalledWith('pennon: line last')
    expect(logger.debug).not.toHaveBeenCalled()
  })

  it('asks for its texts by the first line that waits for them, and by none before', () => {
    const load = vi.fn()
    const log = createSilentLog(spies(), 'warn')
    log.onWaiting(load)
    log.debug('d')
    expect(load).not.toHaveBeenCalled()
    log.warn('line')
    log.warn('another')
    expect(load).toHaveBeenCalledOnce()
  })

  it.each(['waits already', 'was written without'])('asks for its texts at once where a line %s', (what) => {
    const load = vi.fn()
    const log = createSilentLog(spies(), 'warn')
    log.warn('line')
    if (what === 'was written without') log.speak(plainly)
    log.onWaiting(load)
    expect(load).toHaveBeenCalledOnce()
  })
})
