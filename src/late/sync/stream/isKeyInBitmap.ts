/** Whether a stream message's bitmap names a key, by the key's `hash64`. */
export function isKeyInBitmap(bitmap: Uint8Array, hash: bigint): boolean {
  const index = Number(hash & 0xffffffffn) % (bitmap.length * 8)
  return ((bitmap[index >> 3] as number) & (1 << (index & 7))) !== 0
}
