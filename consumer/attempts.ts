/** What the store knows of jobs that are about to run, and is told of those that others may have to go on with. */
import { AppError } from '../core/errors.ts'
import { untilDone } from '../core/retry.ts'
import { findKnown, type KnownJob, type NotedAttempts, noteAttempts } from '../core/store/attempts.ts'
import type { Database } from '../core/store/database.ts'
import { type JobName, nameOutcomes } from '../core/store/outcomes.ts'
import { forgetParked } from '../core/store/parked.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Claim, Known } from './engine/claim.ts'
import type { Task } from './task.ts'

export interface Attempts {
  /** What is known of these: their outcomes, and attempts that were made elsewhere. */
  lookUp(claims: readonly Claim<Task>[]): Promise<ReadonlyMap<Claim<Task>, Known>>
  /** Writes down what was tried of jobs that are left to the next owner. */
  handOver(claims: readonly Claim<Task>[]): Promise<void>
  /** Before the start of a job that may have ended its last worker: should it do so again, the next one knows. */
  noteStart(claim: Claim<Task>, id: string): Promise<void>
}

/**
 * How a job goes on whose attempts were noted. One that was not seen to end while others ran beside it may be innocent: it
 * was no attempt, but the next one runs alone. One that ran alone is what ended its worker, and counts.
 */
const afterLoss = ({ attempts, running, alone }: NotedAttempts): Known =>
  running && !alone ? { attempts: attempts - 1, alone: true } : { attempts, alone: running }

export const attemptsIn = (db: Database, log: Logger): Attempts => ({
  async lookUp(claims) {
    const ids = claims.flatMap(({ task: { job } }) => (job instanceof AppError ? [] : [job.id]))
    const known = ids.length === 0 ? new Map<string, KnownJob>() : await findKnown(db, ids)
    const found = new Map<Claim<Task>, Known>()
    const unnamed: JobName[] = []
    const orphans: string[] = []
    for (const claim of claims) {
      const { task, parked, offset } = claim
      const { job } = task
      if (job instanceof AppError) continue
      const it = known.get(job.id)
      if (it === 'unnamed' && offset >= 0) unnamed.push({ ...job, offset })
      if (parked && typeof it === 'string') orphans.push(job.id)
      // The record of a parked job has nothing to say any more; and a parked job without its row was cancelled.
      const isParked = typeof it === 'object' && 'parked' in it
      const settled = typeof it === 'string' || isParked !== parked
      const noted = isParked ? it.noted : typeof it === 'object' ? it : undefined
      task.noted = noted !== undefined
      // A worker that went on with it knows more than its row.
      if (noted && noted.history.length > task.attempts.length)
        task.attempts.splice(0, task.attempts.length, ...noted.history)
      if (settled) found.set(claim, 'settled')
      else if (noted) found.set(claim, afterLoss(noted))
    }
    if (unnamed.length > 0) await nameOutcomes(db, unnamed)
    if (orphans.length > 0) await forgetParked(db, orphans)
    return found
  },

  async handOver(claims) {
    const noted = claims.flatMap(({ task: { job, attempts: history, noted: before }, attempt: attempts }) =>
      job instanceof AppError || (attempts === 0 && !before)
        ? []
        : [
            {
              id: job.id,
              attempts,
              running: false,
              alone: false,
              // Without the one that was cut off by this.
              history: history.filter(({ attempt }) => attempt <= attempts),
            },
          ],
    )
    if (noted.length > 0) await noteAttempts(db, noted)
  },

  async noteStart({ task, attempt, alone, abort }, id) {
    const note = () =>
      noteAttempts(db, [{ id, attempts: attempt, running: true, alone, history: task.attempts }])
    await untilDone(note, 'a start can’t be noted', log, abort.signal)
    task.noted = true
  },
})
