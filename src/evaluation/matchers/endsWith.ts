import { textMatcher } from './textMatcher'

/** Matches a text that ends with one of a list. */
export const endsWith = textMatcher('ends with', (text, part) => text.endsWith(part))
