/** `user-41` → `user-42`; a key without a number at its end gets one. */
export function nextKey(key: string): string {
  const [, start = key, digits] = /^(.*?)(\d{1,9})$/s.exec(key) ?? []
  return digits ? start + String(Number(digits) + 1).padStart(digits.length, '0') : `${start}-1`
}
