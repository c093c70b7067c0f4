/** Parked jobs between the engine, which has claims and numbers of partitions, and the store, which has rows. */
import { AppError } from '../core/errors.ts'
import type { LogRecord } from '../core/kafka/log-records.ts'
import { numberingOf } from '../core/kafka/numbering.ts'
import type { ParkedJob } from '../core/parking.ts'
import type { Database } from '../core/store/database.ts'
import { findBlocked, loadParked } from '../core/store/parked.ts'
import type { LoadedJob, Parked } from './engine/claim.ts'
import type { ParkingStore } from './engine/parking-store.ts'
import { decode, type Task } from './task.ts'

/** What a window counts of a job beside its value and key, as of one from the log. */
const OVERHEAD = 1_000

/** The record that it was, or would be. */
const messageOf = ({ id, type, key, value, traceparent, submittedAt }: ParkedJob): LogRecord => ({
  key: key === undefined ? null : Buffer.from(key),
  value,
  headers: { id, type, ...(traceparent === undefined ? {} : { traceparent }) },
  timestamp: String(submittedAt),
})

const loadedJob = (job: ParkedJob, partition: number): LoadedJob<Task> => {
  const { id, key, value, offset, attempt, attemptsBefore, attempts, sequence, dueInMs } = job
  const task: Task = { ...decode(messageOf(job)), attempts: [...attempts], attemptsBefore }
  const bytes = value.length + (key?.length ?? 0) + OVERHEAD
  return { partition, offset: offset ?? -1, key, id, bytes, task, attempt, sequence, dueInMs }
}

/** The store of a worker that works through these topics. */
export const parkingOf = (db: Database, topics: readonly string[]): ParkingStore<Task> => {
  const { numberOf, placeOf } = numberingOf(topics)
  return {
    blocked: async (partitions) =>
      (await findBlocked(db, partitions.map(placeOf))).map(({ key, dueInMs, heldBy, ...place }) => ({
        partition: numberOf(place),
        key,
        dueInMs,
        heldBy,
      })),

    async load({ partitions, keys, without, ...rest }) {
      const loaded = await loadParked(db, {
        ...rest,
        places: [...partitions].map(([number, joinedMsAgo]) => ({ ...placeOf(number), joinedMsAgo })),
        keys: keys.map(({ partition, key }) => ({ ...placeOf(partition), key })),
        without: without.map(({ partition, key }) => ({ ...placeOf(partition), key })),
      })
      return {
        jobs: loaded.jobs.map((job) => loadedJob(job, numberOf(job))),
        cut: loaded.cut,
        joining: loaded.joining.map(numberOf),
        nextInMs: loaded.nextInMs,
      }
    },
  }
}

/** A claim as it is parked. @throws AppError for a record that is no job, which never waits */
export const parkedJob = ({ claim, park }: Parked<Task>, topics: readonly string[]): ParkedJob => {
  const { partition, offset, key, sequence, attempt, task } = claim
  const { message, job, attempts, attemptsBefore } = task
  if (job instanceof AppError) throw job
  return {
    ...numberingOf(topics).placeOf(partition),
    id: job.id,
    offset: offset < 0 ? undefined : offset,
    key,
    type: job.type,
    value: message.value ?? Buffer.alloc(0),
    traceparent: job.traceparent,
    reason: park.reason,
    sequence,
    dueInMs: park.dueAt - Date.now(),
    dueAt: park.reason === 'delay' ? Date.parse(job.options.runAt ?? '') || undefined : undefined,
    heldBy: park.heldBy,
    attempt,
    attemptsBefore,
    attempts,
    submittedAt: job.submittedAt,
  }
}
