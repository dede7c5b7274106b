import { textMatcher } from './textMatcher'

/** The text has one of a list in it. */
export const containsString = textMatcher('contains', (text, part) => text.includes(part))
