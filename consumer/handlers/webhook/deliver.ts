/** One attempt to post what is signed, and what its answer means. */
import { AppError, codeOf, toError } from '../../../core/errors.ts'

/** For the whole answer, milliseconds. */
export const LIMIT_MS = 10_000
/** What a receiver may ask us to wait at most: the longest wait of the job. */
const MAX_WAIT_MS = 7_200_000

/** `gone`: the receiver says that it wants no more. */
export type Answered = 'taken' | 'gone'

/** The wait that `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3); undefined where it says nothing of use. */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined
  const text = header.trim()
  // `Date.parse` makes a date of nearly anything.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) - now : Number.NaN
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : date
  return Number.isNaN(ms) ? undefined : Math.min(MAX_WAIT_MS, Math.max(0, ms))
}

const failed = (message: string, waitMs?: number, cause?: unknown): AppError => {
  const error = new AppError('WEBHOOK_FAILED', message, { retryable: true, cause })
  return waitMs === undefined ? error : Object.assign(error, { retryAfterMs: waitMs })
}

/** Why nothing came: what lies below says more than fetch itself. */
const reasonOf = (thrown: unknown): string => {
  const error = toError(thrown)
  const deep = error.cause instanceof Error ? error.cause : error
  const code = codeOf(deep)
  return code === 'INTERNAL' ? deep.message : `${code} ${deep.message}`
}

/**
 * Posts it. Redirects are not followed: they would take what is signed for one place to another.
 * @throws AppError WEBHOOK_FAILED, to be repeated, for any other answer than 2xx and 410, and for none within {@link LIMIT_MS}; the
 * signal's reason
 */
export const deliver = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Answered> => {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'AnomalyGuard', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    })
    // What it says is of no interest, and may be long.
    await response.body?.cancel()
  } catch (error) {
    signal.throwIfAborted()
    throw failed(`the receiver did not answer: ${reasonOf(error)}`, undefined, error)
  }
  if (response.ok) return 'taken'
  if (response.status === 410) return 'gone'
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now())
  throw failed(`the receiver answered ${response.status}`, wait)
}
