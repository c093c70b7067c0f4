import { AppError } from '../core/errors.ts'
import { boundedJson } from './bounded-json.ts'
import { messageOf } from './thrown.ts'

/** Largest result in bytes of JSON. */
export const MAX_RESULT_BYTES = 8_000_000

/**
 * Deepest nesting of a result. Less than half of what `JSON.stringify` with a replacer takes on Node's default stack (2,270
 * arrays in each other), and far below PostgreSQL's limit (13,000 with `max_stack_depth` at 2 MB): what is stored can be
 * read by everybody, too.
 */
export const MAX_RESULT_DEPTH = 1_000

const invalid = (what: string): AppError => new AppError('RESULT_INVALID', `the result is ${what}`)

/**
 * A handler's result as the JSON text that is stored; undefined for no result. NUL characters and halves of surrogate pairs
 * are no fault: JSON escapes them, and PostgreSQL's `json` keeps the escapes.
 * @throws AppError RESULT_INVALID for what can't be stored: cyclic, a BigInt, a function, too large, too deep
 */
export const resultJson = (result: unknown): string | undefined => {
  if (result === undefined) return undefined
  if (result === null || typeof result === 'boolean') return String(result)
  let text: string | undefined
  try {
    text = boundedJson(result, MAX_RESULT_BYTES, MAX_RESULT_DEPTH)
  } catch (thrown) {
    throw invalid(`not JSON, or too much of it: ${messageOf(thrown)}`)
  }
  if (text === undefined) throw invalid(`not JSON: nothing is left of this ${typeof result}`)
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES) throw invalid(`larger than ${MAX_RESULT_BYTES} bytes`)
  return text
}
