/** A parked job as the API shows it. */
import { type Job, type JobOptions, jobOptions } from '../core/job.ts'
import type { ParkedView } from '../core/store/parked.ts'

/** The options in a record's value; none where it can't be read: then it is no job either. */
const optionsOf = (value: Buffer): JobOptions => {
  try {
    const { payload: _payload, ...options } = JSON.parse(value.toString()) as Record<string, unknown>
    return jobOptions.safeParse(options).data ?? {}
  } catch {
    return {}
  }
}

/** `failed` between two attempts, else `queued`: a replay has its attempts before it. Its schedule is shown where the value is at hand. */
export const parkedJob = (view: Omit<ParkedView, 'value'> & { readonly value?: Buffer }): Job => {
  const { id, type, key, attempts, reason, heldBy, dueAt } = view
  const failed = view.attempt > view.attemptsBefore
  const error = attempts.at(-1)?.error
  const { schedule, runAt: asked } = view.value ? optionsOf(view.value) : {}
  // As it was asked for, where that is at hand: clocks differ a little.
  const runAt = reason === 'delay' && asked !== undefined ? Date.parse(asked) : dueAt
  return {
    id,
    type,
    ...(key === undefined ? {} : { key }),
    status: failed ? 'failed' : 'queued',
    attempts: [...attempts],
    submittedAt: new Date(view.submittedAt).toISOString(),
    ...(failed && error ? { error } : {}),
    ...(schedule ? { schedule } : {}),
    ...(runAt === undefined ? {} : { runAt: new Date(runAt).toISOString() }),
    waitsFor: heldBy ?? reason,
  }
}
