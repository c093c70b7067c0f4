/** What can be done to many jobs, and how it is told. */
import { api } from '../../kit/api/client.ts'
import type { JobStatus } from '../../kit/api/types.ts'
import { count, plural } from '../../kit/format.ts'
import { tell } from '../../kit/parts/toasts.tsx'

export interface CancelFilter {
  readonly ids?: readonly string[]
  readonly type?: string | undefined
  readonly key?: string | undefined
  readonly status?: readonly JobStatus[]
  readonly limit?: number
}

/** Jobs that one request cancels at most: the API's own limit. */
export const MAX_CANCELLED = 10_000

const sentences = (...parts: readonly (readonly [number, string])[]): string =>
  parts.flatMap(([n, text]) => (n === 0 ? [] : [text])).join(' ')

/** @throws ApiError */
export const cancelJobs = async (filter: CancelFilter): Promise<void> => {
  const { cancelled, tooLate, notFound } = await api<{
    readonly cancelled: number
    readonly tooLate: number
    readonly notFound: number
  }>('/jobs/cancel', { method: 'POST', body: filter })
  tell(
    sentences(
      [1, cancelled === 0 ? 'None was cancelled.' : `Cancelled ${plural(cancelled, 'job')}.`],
      [tooLate, `${count(tooLate)} had ended before.`],
      [notFound, `${count(notFound)} not found.`],
      [cancelled === filter.limit ? 1 : 0, 'There may be more that fit: do it again.'],
    ),
  )
}

/** @throws ApiError */
export const replayJobs = async (ids: readonly string[]): Promise<void> => {
  const { replayed, skipped } = await api<{ readonly replayed: number; readonly skipped: number }>(
    '/dead-letters/replay',
    { method: 'POST', body: { ids } },
  )
  tell(
    sentences(
      [1, `Replayed ${plural(replayed, 'job')}.`],
      [skipped, `${count(skipped)} can’t be: dropped, or replayed before.`],
    ),
  )
}
