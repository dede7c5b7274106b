import { textMatcher } from './textMatcher'

/** The text ends with one of a list. */
export const endsWith = textMatcher('ends with', (text, part) => text.endsWith(part))
