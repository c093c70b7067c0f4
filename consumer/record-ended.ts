/** Makes durable what has ended: outcomes with their dead letters, and what is parked. */
import { AppError, toError } from '../core/errors.ts'
import type { JobError, Outcome } from '../core/job.ts'
import { numberingOf } from '../core/kafka/numbering.ts'
import type { ParkedJob } from '../core/parking.ts'
import { forgetAttempts } from '../core/store/attempts.ts'
import type { Database } from '../core/store/database.ts'
import { buryLetters, type DeadLetter } from '../core/store/dead-letters.ts'
import { completeCancelled, type OwnedOutcome, recordOutcomes } from '../core/store/outcomes.ts'
import { forgetParked, type OwnedParking, parkJobs } from '../core/store/parked.ts'
import { inTransaction } from '../core/store/transaction.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Claim, Ended, Finished } from './engine/claim.ts'
import type { EngineOptions } from './engine/options.ts'
import { parkedJob } from './parked-jobs.ts'
import { buriedOutcome, isRefusal, writeGroup } from './record-outcomes.ts'
import { jobErrorOf, type Result, type Task } from './task.ts'

export interface RecordParts {
  readonly nodeId: string
  readonly topics: readonly string[]
  readonly db: Database
  readonly log: Logger
  /** Copies a dead record to the dead letters' topic. */
  readonly copyDead: (claim: Claim<Task>, error: JobError) => Promise<void>
}

interface Item extends OwnedOutcome {
  readonly finished: Finished<Task, Result>
}

interface ParkItem extends OwnedParking {
  readonly ended: Ended<Task, Result>
}

/** The outcome of a job that can't wait. */
const unparkable = (job: ParkedJob, why: AppError): Outcome => ({
  ...job,
  offset: job.offset,
  status: 'dead',
  startedAt: job.attempts[0] ? Date.parse(job.attempts[0].startedAt) : undefined,
  finishedAt: Date.now(),
  worker: job.attempts.at(-1)?.worker ?? '',
  resultJson: undefined,
  error: jobErrorOf(why),
})

const UNKNOWN_ERROR: JobError = { code: 'INTERNAL', message: 'it is not known why' }

/** Unless it has an id it is no job, and can't be put back. */
const letterOf = (
  { partition, offset, key, task }: Claim<Task>,
  error: JobError,
  diedAt: number,
  topics: readonly string[],
): DeadLetter => {
  const { message, job, attempts } = task
  const isJob = !(job instanceof AppError)
  return {
    ...numberingOf(topics).placeOf(partition),
    id: isJob ? job.id : undefined,
    replayable: isJob,
    offset: offset < 0 ? undefined : offset,
    type: isJob ? job.type : message.headers?.['type']?.toString(),
    key,
    value: message.value,
    traceparent: isJob ? job.traceparent : undefined,
    error,
    attempts,
    submittedAt: isJob ? job.submittedAt : Number(message.timestamp),
    diedAt,
  }
}

export const recordingIn = ({
  nodeId,
  topics,
  db,
  log,
  copyDead,
}: RecordParts): EngineOptions<Task, Result>['record'] => {
  /** A dead job and its letter come to be together. */
  const writeOutcomes = async (group: readonly Item[]): Promise<Set<Item>> => {
    const dead = group.filter(({ outcome }) => outcome.status === 'dead')
    if (dead.length === 0) return recordOutcomes(db.pool, group)
    return inTransaction(db, async (client) => {
      const refused = await recordOutcomes(client, group)
      const letters = dead
        .filter((it) => !refused.has(it))
        .map(({ finished: { claim }, outcome: { error = UNKNOWN_ERROR, finishedAt } }) =>
          letterOf(claim, error, finishedAt, topics),
        )
      await buryLetters(client, letters)
      return refused
    })
  }

  const recordOutcomesOf = async (
    finished: readonly Finished<Task, Result>[],
  ): Promise<Set<Ended<Task, Result>>> => {
    const items = finished.flatMap((it): Item[] =>
      it.result.outcome ? [{ outcome: it.result.outcome, token: it.claim.token, finished: it }] : [],
    )
    const refused = new Set<Ended<Task, Result>>()
    await writeGroup(items, {
      write: async (group) => {
        for (const it of await writeOutcomes(group)) refused.add(it.finished)
      },
      bury: async (item, why) => {
        const outcome = buriedOutcome(item.outcome, why)
        log.error(
          { job: outcome.id, type: outcome.type, err: why },
          'a result can’t be stored; its job is dead',
        )
        await copyDead(item.finished.claim, jobErrorOf(why))
        // What is told of it is what is recorded.
        item.finished.result.outcome = outcome
        return { ...item, outcome }
      },
      giveUp: ({ outcome: { id, type } }, why) =>
        log.error(
          { job: id, type, err: why },
          'the end of a job can’t be stored; its copy is in the dead letters',
        ),
    })
    return refused
  }

  /** Records that are no jobs: all that there is of them is their letters. */
  const buryRecords = async (finished: readonly Finished<Task, Result>[]): Promise<void> => {
    const letters = finished.flatMap(({ claim }) =>
      claim.task.job instanceof AppError
        ? [letterOf(claim, jobErrorOf(claim.task.job), Date.now(), topics)]
        : [],
    )
    if (letters.length > 0) await buryLetters(db.pool, letters)
  }

  /** Jobs that were cancelled while they were here: whoever did it may not have known what only we know. */
  const completeCancelledOf = async (ended: readonly Ended<Task, Result>[]): Promise<void> => {
    const runs = ended.flatMap(({ claim: { task, offset, abort } }) => {
      const { job, attempts } = task
      return abort.reason && !(job instanceof AppError)
        ? [{ ...job, offset: offset < 0 ? undefined : offset, attempts, worker: nodeId }]
        : []
    })
    if (runs.length > 0) await completeCancelled(db.pool, runs)
  }

  /** What the store has of jobs beside their outcomes. */
  const tidyUp = async (finished: readonly Finished<Task, Result>[]): Promise<void> => {
    const ids = (of: (claim: Claim<Task>) => boolean): string[] =>
      finished.flatMap(({ claim }) => (claim.id !== undefined && of(claim) ? [claim.id] : []))
    const [noted, parked] = [ids(({ task }) => task.noted), ids((claim) => claim.parked)]
    await Promise.all([
      noted.length > 0 && forgetAttempts(db, noted),
      parked.length > 0 && forgetParked(db, parked),
    ])
  }

  /** Parks them; one that the store refuses for what it holds is dead instead, so that it keeps nobody from going on. */
  const park = async (items: readonly ParkItem[]): Promise<Set<Ended<Task, Result>>> => {
    const [first] = items
    if (first === undefined) return new Set()
    try {
      return new Set([...(await parkJobs(db, items))].map(({ ended }) => ended))
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (items.length === 1) {
        const why = new AppError('RESULT_INVALID', `it can’t be parked: ${toError(error).message}`)
        const finished = { claim: first.ended.claim, result: { outcome: unparkable(first.job, why) } }
        await copyDead(finished.claim, jobErrorOf(why))
        const refused = await recordOutcomesOf([finished])
        return new Set(refused.size > 0 ? [first.ended] : [])
      }
    }
    const middle = Math.ceil(items.length / 2)
    return new Set([...(await park(items.slice(0, middle))), ...(await park(items.slice(middle)))])
  }

  /** The row of a parked job says all: what was noted of it while it ran is no more. */
  const parkAll = async (items: readonly ParkItem[]): Promise<Set<Ended<Task, Result>>> => {
    const refused = await park(items)
    const noted = items.filter(({ ended }) => ended.claim.task.noted && !refused.has(ended))
    if (noted.length > 0)
      await forgetAttempts(
        db,
        noted.map(({ job }) => job.id),
      )
    return refused
  }

  return async (ended) => {
    const finished = ended.filter((it) => 'result' in it)
    const parked = ended.flatMap((it) =>
      'park' in it ? [{ job: parkedJob(it, topics), token: it.claim.token, ended: it }] : [],
    )
    const record = async (): Promise<Set<Ended<Task, Result>>> => {
      const refused = await recordOutcomesOf(finished)
      await tidyUp(finished.filter((it) => !refused.has(it)))
      return refused
    }
    // Of different jobs: neither waits for the other, and what a kill repeats is the less.
    const refused = await Promise.all([
      record(),
      parkAll(parked),
      buryRecords(finished).then(() => completeCancelledOf(ended)),
    ])
    return new Set([...refused[0], ...refused[1]])
  }
}
