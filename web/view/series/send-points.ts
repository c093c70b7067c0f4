/** Appends points to a series, a slice after the other, and waits for what became of them. */
import { api } from '../../kit/api/client.ts'
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { WatchResult } from '../../kit/api/series-types.ts'
import type { Job } from '../../kit/api/types.ts'
import { type Point, slicesOf } from './append-text.ts'
import { seriesPath } from './use-live.ts'

const LOOK_MS = 400

export interface Sending {
  readonly total: number
  /** Points that are accepted, and those of them that are judged. */
  readonly accepted: number
  readonly judged: number
  readonly appended: number
  readonly late: number
  readonly duplicate: number
  readonly alarms: number
}

const ended = async (id: string, signal: AbortSignal): Promise<Job> => {
  for (;;) {
    const job = await api<Job>(`/jobs/${id}`, { signal })
    if (hasEnded(job)) return job
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/**
 * `key`: the same for the same points. Sent again, the appends that were accepted before are not made twice.
 * @throws ApiError where an append is refused, Error where one fails; those before it stay
 */
export const sendPoints = async (
  series: string,
  points: readonly Point[],
  key: string,
  signal: AbortSignal,
  onChange: (sending: Sending) => void,
): Promise<void> => {
  let sending: Sending = {
    total: points.length,
    accepted: 0,
    judged: 0,
    appended: 0,
    late: 0,
    duplicate: 0,
    alarms: 0,
  }
  const change = (some: Partial<Sending>): void => {
    sending = { ...sending, ...some }
    onChange(sending)
  }
  change({})
  const jobs: (readonly [id: string, points: number])[] = []
  // The appends of a series run in the order in which they were accepted.
  for (const [n, slice] of slicesOf(points).entries()) {
    const { id } = await api<Job>(`${seriesPath(series)}/points`, {
      method: 'POST',
      body: { points: slice },
      headers: { 'idempotency-key': `${key}.${n}` },
      signal,
    })
    jobs.push([id, slice.length])
    change({ accepted: sending.accepted + slice.length })
  }
  for (const [id, length] of jobs) {
    const { status, result, error } = await ended(id, signal)
    if (status !== 'succeeded') throw new Error(error?.message ?? `The append is ${status}.`)
    const { appended, skipped, alarms } = result as WatchResult
    change({
      judged: sending.judged + length,
      appended: sending.appended + appended,
      late: sending.late + skipped.late,
      duplicate: sending.duplicate + skipped.duplicate,
      alarms: sending.alarms + alarms.length,
    })
  }
}
