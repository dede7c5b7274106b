// Made once: a stack trace per fault would make a broken graph of flags slow, and nobody would read it.

/** No decision is possible here: a broken definition or a cycle. A matcher that depends on it says false. */
export const FAULT = new TypeError('broken definition')

/**
 * The whole decision takes too long. A RangeError, as the engine's own for a full stack: no matcher may turn either into
 * an answer, which would then depend on how deep in the page's code it was asked for.
 */
export const EXHAUSTED = new RangeError('definitions nested too deeply')
