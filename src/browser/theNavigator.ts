/** The browser's `navigator`; undefined where there is none, as on a server. */
export function theNavigator(): Navigator | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator
}
