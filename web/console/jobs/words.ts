/** What a job does now, in words. Pure. */
import { hasEnded } from '../../kit/api/has-ended.ts'
import type { Job, LimitState } from '../../kit/api/types.ts'
import { duration, fromNow, plural, time } from '../../kit/format.ts'
import { isLimited, limitWords } from '../limit-words.ts'

/** Another attempt may follow, or not: the API says nothing of errors that may be repeated. */
export const retryWords = (job: Job): string => {
  const { error } = job
  if (!error || job.status === 'cancelled') return ''
  if (error.retryable === false)
    return 'Repeating is useless, the handler says: no attempt follows by itself.'
  return job.status === 'dead' ? 'It was the last attempt.' : 'Another attempt follows.'
}

const stateWords = (limit: LimitState): string => {
  if (limit.paused) return 'paused'
  return isLimited(limit) ? `at its limit (${limitWords(limit)})` : 'at its limit'
}

const heldWords = (subject: string, limit: LimitState | undefined): string => {
  const [kind, name] = [subject.slice(0, subject.indexOf(':')), subject.slice(subject.indexOf(':') + 1)]
  const state = limit ? stateWords(limit) : 'held back by a limit'
  return kind === 'type'
    ? `The type ${name} is ${state}`
    : `What has a key that begins with ${name} is ${state}`
}

/**
 * What a job that neither ended nor runs waits for; '' for others. `limit` is the one of its type.
 */
export const waitWords = (job: Job, now: number, limit?: LimitState): string => {
  if (hasEnded(job) || job.status === 'running') return ''
  const { waitsFor, runAt, position } = job
  const when = runAt === undefined ? '' : time(runAt, now)
  const due = runAt !== undefined && Date.parse(runAt) <= now
  if (waitsFor === 'retry') return due ? 'Its retry is due' : `Waits for its retry until ${when}`
  if (waitsFor === 'delay') return due ? 'Its time has come' : `Waits for its time, ${when}`
  if (waitsFor === 'schedule') return due ? 'Its tick has come' : `Waits for its tick, ${when}`
  if (waitsFor === 'replay') return 'Was replayed, and waits for a worker'
  if (waitsFor === 'order') return `Waits behind another job of the key ${job.key ?? ''}`.trim()
  if (waitsFor?.includes(':')) return heldWords(waitsFor, limit)
  if (job.status === 'failed') return 'Waits a moment for its retry'
  if (position === undefined) return 'Waits for a worker'
  return position === 0
    ? 'The next of its partition'
    : `${plural(position, 'job')} of its partition ${position === 1 ? 'is' : 'are'} before it`
}

/** From its first start to its end; '' where it has not ended, or never ran. */
export const ranWords = ({ startedAt, finishedAt }: Pick<Job, 'startedAt' | 'finishedAt'>): string =>
  startedAt === undefined || finishedAt === undefined
    ? ''
    : duration(Date.parse(finishedAt) - Date.parse(startedAt))

/** For a column: how long it took, runs, or has to wait. */
export const tookWords = (job: Job, now: number): { readonly text: string; readonly isWait: boolean } => {
  const { startedAt, finishedAt, runAt, waitsFor } = job
  if (job.status === 'running') {
    const since = job.attempts.at(-1)?.startedAt ?? startedAt
    return { text: since === undefined ? '' : duration(now - Date.parse(since)), isWait: false }
  }
  if (finishedAt !== undefined) return { text: ranWords(job), isWait: startedAt === undefined }
  if (runAt !== undefined)
    return { text: Date.parse(runAt) <= now ? 'due' : fromNow(runAt, now), isWait: true }
  if (waitsFor === 'order') return { text: 'behind its key', isWait: true }
  return { text: waitsFor?.includes(':') ? 'held back' : '', isWait: true }
}
