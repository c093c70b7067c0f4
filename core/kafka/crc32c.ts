/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4), which record batches carry. Node has the other CRC-32 alone. Eight bytes a
 * turn, each by a table of its own ("slicing by 8": Kounavis and Berry, 2005).
 */

const POLYNOMIAL = 0x82f63b78
const SLICES = 8

/** `tables[256 * k + byte]`: what `byte` becomes when `k` zero bytes follow it. */
const tables = ((): Int32Array => {
  const all = new Int32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    all[byte] = value
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256] ?? 0
    all[at] = (before >>> 8) ^ (all[before & 0xff] ?? 0)
  }
  return all
})()

/** The checksum of `bytes` from `from` on: an unsigned number of 32 bits. */
export const crc32c = (bytes: Uint8Array, from = 0): number => {
  // Without a check of every index by the compiler's leave: all of them are masked to a table's size.
  const table = (slice: number, byte: number): number => tables[256 * slice + (byte & 0xff)] as number
  const at = (index: number): number => bytes[index] as number
  let crc = -1
  let i = from
  for (const end = bytes.length - SLICES; i <= end; i += SLICES) {
    crc ^= at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24)
    crc =
      table(7, crc) ^
      table(6, crc >>> 8) ^
      table(5, crc >>> 16) ^
      table(4, crc >>> 24) ^
      table(3, at(i + 4)) ^
      table(2, at(i + 5)) ^
      table(1, at(i + 6)) ^
      table(0, at(i + 7))
  }
  for (; i < bytes.length; i++) crc = table(0, crc ^ at(i)) ^ (crc >>> 8)
  return ~crc >>> 0
}
