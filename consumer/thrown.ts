/** What a handler threw, as an error that is safe to handle: it may be anything, and hostile by accident. */
import { AppError } from '../core/errors.ts'
import { boundedJson } from './bounded-json.ts'

/** Characters that are kept. */
const MAX_MESSAGE = 10_000
const MAX_CODE = 100

/** A failure of a handler: its own code, else HANDLER_FAILED, whether another attempt may help, and when, if it says so. */
export interface HandlerError extends Error {
  readonly code: string
  readonly retryable: boolean
  /** Milliseconds that it wants the next attempt to wait. */
  readonly retryAfterMs?: number | undefined
}

/** Undefined where it throws: a getter, a proxy, a `toString`. */
const quietly = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Cut, and a string of its own: a slice would keep the whole alive. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : Buffer.from(text.slice(0, length)).toString()

/** A text field, or undefined where it is none. */
const textOf = (thrown: unknown, name: string, length: number): string | undefined => {
  const value = quietly(() => (thrown instanceof Object ? Reflect.get(thrown, name) : undefined))
  return typeof value === 'string' && value !== '' ? cut(value, length) : undefined
}

/** What it wants the next attempt to wait; undefined where it says nothing of use. */
const waitOf = (thrown: unknown): number | undefined => {
  const ms = quietly(() => (thrown instanceof Object ? Reflect.get(thrown, 'retryAfterMs') : undefined))
  return typeof ms === 'number' && ms >= 0 ? ms : undefined
}

const isError = (thrown: unknown): boolean => quietly(() => thrown instanceof Error) ?? false

/** What it says, whatever it is: at most 10,000 characters. Never throws. */
export const messageOf = (thrown: unknown): string => {
  if (typeof thrown === 'string') return cut(thrown, MAX_MESSAGE)
  if (isError(thrown)) {
    const said = textOf(thrown, 'message', MAX_MESSAGE) ?? textOf(thrown, 'name', MAX_MESSAGE)
    return said ?? 'an error that says nothing'
  }
  const text = quietly(() => boundedJson(thrown, MAX_MESSAGE, 100)) ?? quietly(() => String(thrown))
  return text === undefined ? 'something that can’t be told was thrown' : cut(text, MAX_MESSAGE)
}

/**
 * Our own errors stay as they are. Of all others the parts that are kept are read once, with care, into a new error: whoever
 * handles it later reads plain data. Never throws.
 */
export const handlerError = (thrown: unknown): AppError | HandlerError => {
  if (isError(thrown) && thrown instanceof AppError) return thrown
  const error = new Error(messageOf(thrown))
  error.stack = textOf(thrown, 'stack', MAX_MESSAGE) ?? error.message
  return Object.assign(error, {
    code: textOf(thrown, 'code', MAX_CODE) ?? 'HANDLER_FAILED',
    retryable: quietly(() => thrown instanceof Object && Reflect.get(thrown, 'retryable') === false) !== true,
    retryAfterMs: waitOf(thrown),
  })
}
