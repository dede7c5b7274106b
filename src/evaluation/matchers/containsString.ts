import { textMatcher } from './textMatcher'

/** Matches a text that contains one of a list. */
export const containsString = textMatcher('contains', (text, part) => text.includes(part))
