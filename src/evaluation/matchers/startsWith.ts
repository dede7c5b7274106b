import { textMatcher } from './textMatcher'

/** The text begins with one of a list. */
export const startsWith = textMatcher('starts with', (text, part) => text.startsWith(part))
