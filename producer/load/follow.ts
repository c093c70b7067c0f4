/** Follows accepted jobs to their ends, in pages: one request tells of up to 500 that ended. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { type Attempt, job, type OutcomeStatus, outcomeStatuses } from '../../core/job.ts'
import type { Client } from './client.ts'
import { isAway, pause } from './patience.ts'
import type { Pending } from './pending.ts'

const PAGE_LIMIT = 500

/** Of ended jobs; the status is the one that was asked for. */
const page = z.object({
  jobs: z.array(job.pick({ id: true, finishedAt: true, attempts: true }).required({ finishedAt: true })),
})
const single = job.pick({ status: true, finishedAt: true, attempts: true })

export interface Ended {
  readonly id: string
  readonly status: OutcomeStatus
  readonly dueAt: number
  /** Milliseconds since the epoch, on the worker's clock. */
  readonly finishedAt: number
  readonly attempts: readonly Attempt[]
}

/**
 * Takes out of `pending` the jobs that have ended by now and tells of each. Reads each status from its newest job
 * back to the oldest awaited one, past the seconds in which nothing is awaited.
 * @throws whatever {@link Client.get} throws; jobs told of until then stay taken
 */
export const sweep = async (
  client: Client,
  pending: Pending,
  onEnded: (ended: Ended) => void,
): Promise<number> => {
  let pages = 0
  for (const status of outcomeStatuses) {
    let after = pending.cursorBelow()
    while (after !== undefined) {
      const path = `/jobs?status=${status}&limit=${PAGE_LIMIT}&after=${after}`
      pages++
      const { jobs } = page.parse(await client.get(path))
      for (const { id, finishedAt, attempts } of jobs) {
        const dueAt = pending.take(id)
        if (dueAt !== undefined) onEnded({ id, status, dueAt, finishedAt: Date.parse(finishedAt), attempts })
      }
      const last = jobs.at(-1)?.id
      after = jobs.length < PAGE_LIMIT || last === undefined ? undefined : pending.cursorBelow(last)
    }
  }
  return pages
}

/** What became of the jobs that no sweep found: none of them has an outcome. */
export interface Missing {
  /** The master knows them: they wait, run, or are to be repeated. */
  readonly unfinished: number
  /** The master has no trace of them. */
  readonly unknown: number
  /** Some of each, for whoever looks for them. */
  readonly unknownIds: readonly string[]
}

const MAX_ASKED = 500
const ASKED_AT_ONCE = 4
const MAX_NAMED = 10

/**
 * Asks for the awaited jobs one by one, {@link MAX_ASKED} at most (the rest counts as unfinished); those that have
 * ended are told as by {@link sweep}.
 * @throws whatever {@link Client.get} throws, but NOT_FOUND
 */
export const askForMissing = async (
  client: Client,
  pending: Pending,
  onEnded: (ended: Ended) => void,
): Promise<Missing> => {
  const ids = pending.ids().slice(0, MAX_ASKED).values()
  const unknownIds: string[] = []
  const ask = async (id: string): Promise<void> => {
    const answer = await client.get(`/jobs/${id}`).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined
      throw error
    })
    if (answer === undefined) {
      unknownIds.push(id)
      return
    }
    const { status, finishedAt, attempts } = single.parse(answer)
    const outcome = outcomeStatuses.find((it) => it === status)
    if (!outcome || finishedAt === undefined) return
    const dueAt = pending.take(id)
    if (dueAt === undefined) return
    onEnded({ id, status: outcome, dueAt, finishedAt: Date.parse(finishedAt), attempts })
  }
  const askOn = async (): Promise<void> => {
    for (const id of ids) await ask(id)
  }
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askOn))
  return {
    unfinished: pending.size - unknownIds.length,
    unknown: unknownIds.length,
    unknownIds: unknownIds.slice(0, MAX_NAMED),
  }
}

/** Least pause between rounds, milliseconds: while jobs are submitted, and after. */
const PAUSE_MS = { submitting: 2_000, draining: 500 }
/** The pause is at least so many times what the round took: to look on must not be the load. */
const PAUSE_TIMES = { submitting: 10, draining: 2 }

export interface FollowParts {
  readonly client: Client
  readonly pending: Pending
  readonly onEnded: (ended: Ended) => void
  /** Aborted when no job will be added any more. */
  readonly submitted: AbortSignal
  /** Aborted: one round more after the last submission, then no waiting. */
  readonly interrupt: AbortSignal
  /** How long no job may end, after the last submission, until the rest is given up, milliseconds. */
  readonly timeoutMs: number
}

/** Follows every job of `pending`, until each has ended or the time is over. */
export const followAll = async (parts: FollowParts): Promise<void> => {
  const { client, pending, onEnded, submitted, interrupt, timeoutMs } = parts
  let lastEndAt = performance.now()
  let pages = 0
  const onEnd = (ended: Ended): void => {
    lastEndAt = performance.now()
    onEnded(ended)
  }
  while (true) {
    // Before the round: what it does not see must have had its chance.
    const drains = submitted.aborted
    const began = performance.now()
    try {
      // The last few are asked for one by one, where that is less than to read all the pages again.
      if (drains && pending.size < pages) await askForMissing(client, pending, onEnd)
      else pages = await sweep(client, pending, onEnd)
    } catch (error) {
      // The next round reads what this one has not.
      if (!isAway(error)) throw error
    }
    if (!drains) lastEndAt = performance.now()
    const over = interrupt.aborted || performance.now() - lastEndAt > timeoutMs
    if (drains && (pending.size === 0 || over)) return
    const phase = drains ? 'draining' : 'submitting'
    const ms = Math.max(PAUSE_MS[phase], PAUSE_TIMES[phase] * (performance.now() - began))
    await pause(ms, drains ? interrupt : submitted)
  }
}
