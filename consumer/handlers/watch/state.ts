/** The state of a watcher as bytes: a byte for the form, then V8's serialization, deflated. */
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { constants, deflateRaw, inflateRaw } from 'node:zlib'
import type { SavedWatcher } from './watcher.ts'

const FORM = 1
/** What a state may take at most, deflated no more: one that claims more is none of ours. */
const MAX_BYTES = 64_000_000

const deflate = promisify<Buffer, object, Buffer>(deflateRaw)
const inflate = promisify<Buffer, object, Buffer>(inflateRaw)

/** Random-looking numbers don't get smaller by trying harder. */
export const encodeState = async (saved: SavedWatcher): Promise<Buffer> => {
  const bytes = await deflate(serialize(saved), { level: constants.Z_BEST_SPEED })
  return Buffer.concat([Buffer.of(FORM), bytes])
}

const isSaved = (value: unknown): value is SavedWatcher =>
  value instanceof Object &&
  'detector' in value &&
  'rows' in value &&
  'detection' in value &&
  'events' in value

/** Undefined where it can't be read: it is of another form, or damaged. Whether it is the detector's own is for that to say. */
export const decodeState = async (bytes: Buffer): Promise<SavedWatcher | undefined> => {
  if (bytes[0] !== FORM) return undefined
  try {
    const value: unknown = deserialize(await inflate(bytes.subarray(1), { maxOutputLength: MAX_BYTES }))
    return isSaved(value) ? value : undefined
  } catch {
    return undefined
  }
}
