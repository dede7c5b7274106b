import { textMatcher } from './textMatcher'

/** Matches a text that begins with one of a list. */
export const startsWith = textMatcher('starts with', (text, part) => text.startsWith(part))
