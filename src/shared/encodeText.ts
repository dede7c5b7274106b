/** A text in a path or query. A lone surrogate, which `encodeURIComponent` throws at, becomes U+FFFD. */
export function encodeText(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'))
}
