/**
 * What is finished beyond a committed offset, as the text that travels with the commit (Kafka keeps 4096 characters).
 *
 * Version 1: `ag1.` and base64url of a CRC-32 (4 bytes, big endian) and a body. The body is a row of varints (LEB128): the
 * committed offset, then by turns how many offsets are open and how many are finished, beginning with open at the committed
 * offset. The checksum covers topic and partition too, and the body holds the offset: metadata that was copied to another
 * place, or left behind by a tool that moved the offset, is not taken for ours. What doesn't fit is left out from the end:
 * the next owner finds those jobs' outcomes in the store.
 */
import { crc32 } from 'node:zlib'
import type { OffsetRange } from './offsets.ts'

/** The broker's default `offset.metadata.max.bytes`. */
export const MAX_METADATA = 4096

const PREFIX = 'ag1.'
const MAX_BYTES = Math.floor(((MAX_METADATA - PREFIX.length) * 3) / 4)
const CHECKSUM_BYTES = 4

export interface Place {
  readonly topic: string
  readonly partition: number
  /** The committed offset. */
  readonly offset: number
}

// Not by shifting: offsets have up to 53 bits.
const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

const checksum = ({ topic, partition }: Place, body: Uint8Array): number =>
  crc32(body, crc32(`${topic}/${partition}/`))

/** `finished`: ascending ranges beyond the committed offset that don't touch. Empty text for none. */
export const encodeFinished = (place: Place, finished: readonly OffsetRange[]): string => {
  if (finished.length === 0) return ''
  const body = varint(place.offset)
  let position = place.offset
  for (const { from, to } of finished) {
    const run = [...varint(from - position), ...varint(to - from)]
    if (CHECKSUM_BYTES + body.length + run.length > MAX_BYTES) break
    body.push(...run)
    position = to
  }
  const bytes = Buffer.alloc(CHECKSUM_BYTES + body.length)
  bytes.set(body, CHECKSUM_BYTES)
  bytes.writeUInt32BE(checksum(place, bytes.subarray(CHECKSUM_BYTES)))
  return PREFIX + bytes.toString('base64url')
}

const readVarints = (body: Uint8Array): number[] => {
  const values: number[] = []
  let value = 0
  let scale = 1
  for (const byte of body) {
    value += (byte % 128) * scale
    scale *= 128
    if (byte >= 128) continue
    values.push(value)
    value = 0
    scale = 1
  }
  return values
}

/** The ranges that {@link encodeFinished} wrote for this place; undefined where the text is foreign or damaged. */
export const decodeFinished = (place: Place, metadata: string): OffsetRange[] | undefined => {
  if (metadata === '') return []
  if (!metadata.startsWith(PREFIX)) return undefined
  const bytes = Buffer.from(metadata.slice(PREFIX.length), 'base64url')
  if (bytes.length <= CHECKSUM_BYTES) return undefined
  const body = bytes.subarray(CHECKSUM_BYTES)
  if (bytes.readUInt32BE() !== checksum(place, body)) return undefined
  const [offset, ...runs] = readVarints(body)
  if (offset !== place.offset) return undefined
  const ranges: OffsetRange[] = []
  let position = offset
  for (let i = 0; i + 1 < runs.length; i += 2) {
    const from = position + (runs[i] ?? 0)
    position = from + (runs[i + 1] ?? 0)
    ranges.push({ from, to: position })
  }
  return ranges
}
