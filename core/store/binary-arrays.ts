/**
 * Columns of a group as arrays in PostgreSQL's binary format (`array_send` in its `arrayfuncs.c`), for `unnest`. As text, each value would
 * be formatted, quoted and escaped here and taken apart there, which costs more than all else that is done with a row.
 *
 * Layout, big endian: dimensions (1), whether there are nulls, the elements' type, how many, the index of the first (1); then each
 * element: its length in bytes (−1: null), its bytes. Integers of 32 bits.
 */

const HEADER = 20
/** Object ids of `pg_type`. */
const OID = {
  bytea: 17,
  bigint: 20,
  int: 23,
  text: 25,
  json: 114,
  double: 701,
  timestamptz: 1184,
  uuid: 2950,
}
/** PostgreSQL counts microseconds from 2000 on. */
const EPOCH_MS = Date.UTC(2000)

/** PostgreSQL's own codes, as it would refuse the text: whoever wrote the group looks for the value that is to blame by them. */
type Refusal = '22003' | '22008' | '22P02'

const refuse = (value: unknown, type: string, code: Refusal): never => {
  throw Object.assign(new RangeError(`no ${type}: ${String(value)}`), { code })
}

const writeHeader = (bytes: Buffer, oid: number, count: number): void => {
  bytes.writeInt32BE(1, 0)
  bytes.writeInt32BE(1, 4)
  bytes.writeInt32BE(oid, 8)
  bytes.writeInt32BE(count, 12)
  bytes.writeInt32BE(1, 16)
}

/** Elements of one size; `write` puts one where it belongs. */
const fixed = <T>(
  oid: number,
  size: number,
  values: readonly (T | null)[],
  write: (bytes: Buffer, value: T, at: number) => void,
): Buffer => {
  const bytes = Buffer.allocUnsafe(HEADER + values.length * (4 + size))
  writeHeader(bytes, oid, values.length)
  let at = HEADER
  for (const value of values) {
    at = bytes.writeInt32BE(value === null ? -1 : size, at)
    if (value === null) continue
    write(bytes, value, at)
    at += size
  }
  return bytes.subarray(0, at)
}

const writeInt64 = (bytes: Buffer, value: number, at: number): void => {
  const high = Math.floor(value / 2 ** 32)
  bytes.writeInt32BE(high, at)
  bytes.writeUInt32BE(value - high * 2 ** 32, at + 4)
}

const strings = (oid: number, values: readonly (string | null)[]): Buffer => {
  let size = HEADER + 4 * values.length
  let last: string | null = null
  let lastSize = 0
  for (const value of values) {
    if (value === null) continue
    // Most columns hold the same over and over.
    if (value !== last) lastSize = Buffer.byteLength(value)
    last = value
    size += lastSize
  }
  const bytes = Buffer.allocUnsafe(size)
  writeHeader(bytes, oid, values.length)
  let at = HEADER
  let lastAt = 0
  last = null
  for (const value of values) {
    if (value === null) {
      at = bytes.writeInt32BE(-1, at)
      continue
    }
    if (value === last) bytes.copyWithin(at, lastAt, lastAt + 4 + lastSize)
    else {
      lastSize = bytes.write(value, at + 4)
      bytes.writeInt32BE(lastSize, at)
      lastAt = at
      last = value
    }
    at += 4 + lastSize
  }
  return bytes
}

/** `bytea[]`. */
export const byteas = (values: readonly (Uint8Array | null)[]): Buffer => {
  const size = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), HEADER)
  const bytes = Buffer.allocUnsafe(size)
  writeHeader(bytes, OID.bytea, values.length)
  let at = HEADER
  for (const value of values) {
    at = bytes.writeInt32BE(value === null ? -1 : value.length, at)
    if (value === null) continue
    bytes.set(value, at)
    at += value.length
  }
  return bytes
}

/** `double precision[]`. */
export const doubles = (values: readonly (number | null)[]): Buffer =>
  fixed(OID.double, 8, values, (bytes, value, at) => bytes.writeDoubleBE(value, at))

const DASH = '-'.charCodeAt(0)
/** By the code of a character: one more than the hexadecimal digit that it is, 0 for any other. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[0-9a-fA-F]/.test(character) ? Number.parseInt(character, 16) + 1 : 0
})

/** `uuid[]`. @throws RangeError with code 22P02 where one is none */
export const uuids = (values: readonly string[]): Buffer =>
  fixed(OID.uuid, 16, values, (bytes, value, at) => {
    let digits = 0
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code === DASH) continue
      const digit = DIGITS[code] ?? 0
      if (digit === 0 || digits === 32) refuse(value, 'uuid', '22P02')
      const place = at + (digits >> 1)
      bytes[place] = digits & 1 ? ((bytes[place] ?? 0) << 4) | (digit - 1) : digit - 1
      digits++
    }
    if (digits !== 32) refuse(value, 'uuid', '22P02')
  })

/** `text[]`. */
export const texts = (values: readonly (string | null)[]): Buffer => strings(OID.text, values)

/** `json[]`: texts that are JSON. */
export const jsons = (values: readonly (string | null)[]): Buffer => strings(OID.json, values)

/** `int[]`. @throws RangeError with code 22003 where one is none */
export const ints = (values: readonly (number | null)[]): Buffer =>
  fixed(OID.int, 4, values, (bytes, value, at) => {
    // Of what is no integer of 32 bits something else is left.
    if ((value | 0) !== value) refuse(value, 'integer', '22003')
    bytes.writeInt32BE(value, at)
  })

/** `bigint[]`. @throws RangeError with code 22003 where one is none */
export const bigints = (values: readonly (number | bigint | null)[]): Buffer =>
  fixed(OID.bigint, 8, values, (bytes, value, at) => {
    const fits = typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)
    if (!fits) refuse(value, 'bigint', '22003')
    if (typeof value === 'bigint') bytes.writeBigInt64BE(value, at)
    else writeInt64(bytes, value, at)
  })

/** `timestamptz[]` of milliseconds since the epoch. @throws RangeError with code 22008 where one is none */
export const times = (values: readonly (number | null)[]): Buffer =>
  fixed(OID.timestamptz, 8, values, (bytes, value, at) => {
    const microseconds = Math.round((value - EPOCH_MS) * 1000)
    if (!Number.isSafeInteger(microseconds)) refuse(value, 'time', '22008')
    writeInt64(bytes, microseconds, at)
  })
