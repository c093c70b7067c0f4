/**
 * Reading of a saved state, field by field: whatever is not as its own `save` wrote it is refused, since a detector
 * that goes on from half a state would judge wrongly without a word.
 */
import { AppError } from '../../../core/errors.ts'

export type Saved = Readonly<Record<string, unknown>>

const refuse = (field: string, wanted: string): AppError =>
  new AppError('REQUEST_INVALID', `the saved state is not this detector’s: ${field} must be ${wanted}`)

/** The fields of a saved part. @throws AppError REQUEST_INVALID, as all here do */
export const savedFields = (state: unknown, field = 'it'): Saved => {
  if (typeof state !== 'object' || state === null || Array.isArray(state) || ArrayBuffer.isView(state)) {
    throw refuse(field, 'an object')
  }
  return state as Saved
}

/** The same, of a whole state: it says whose it is, and by which version of it it was written. */
export const savedBy = (state: unknown, detector: string, version: number): Saved => {
  const saved = savedFields(state)
  if (saved['detector'] !== detector) throw refuse('detector', detector)
  if (saved['version'] !== version) throw refuse('version', String(version))
  return saved
}

export const savedNumber = (saved: Saved, field: string, least = Number.NEGATIVE_INFINITY): number => {
  const value = saved[field]
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
    throw refuse(
      field,
      least === Number.NEGATIVE_INFINITY ? 'a finite number' : `a number of ${least} or more`,
    )
  }
  return value
}

/** A number of things: whole, 0 or more. */
export const savedCount = (saved: Saved, field: string): number => {
  const value = savedNumber(saved, field, 0)
  if (!Number.isSafeInteger(value)) throw refuse(field, 'a whole number')
  return value
}

/** A copy: what is saved stays as it is. */
export const savedFloats = (saved: Saved, field: string, length?: number): Float64Array => {
  const values = saved[field]
  if (!(values instanceof Float64Array) || (length !== undefined && values.length !== length)) {
    throw refuse(field, `a Float64Array${length === undefined ? '' : ` of ${length}`}`)
  }
  return values.slice()
}

export const savedSingles = (saved: Saved, field: string, length: number): Float32Array => {
  const values = saved[field]
  if (!(values instanceof Float32Array) || values.length !== length)
    throw refuse(field, `a Float32Array of ${length}`)
  return values.slice()
}

export const savedBytes = (saved: Saved, field: string, length: number): Uint8Array => {
  const values = saved[field]
  // v8.deserialize gives bytes back as a Buffer's relative: any Uint8Array will do.
  if (!(values instanceof Uint8Array) || values.length !== length) throw refuse(field, `${length} bytes`)
  return Uint8Array.from(values)
}

export const savedList = (saved: Saved, field: string, most: number): readonly unknown[] => {
  const list = saved[field]
  if (!Array.isArray(list) || list.length > most) throw refuse(field, `a list of at most ${most}`)
  return list
}
