/** A whole run: submit, follow every accepted job to its end, watch the fleet meanwhile, and report. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { AppError, codeOf, toError } from '../../core/errors.ts'
import type { LoadOptions } from './args.ts'
import type { Client, Refusal } from './client.ts'
import { askForMissing, type Ended, followAll, type Missing } from './follow.ts'
import { OrderWatch } from './order.ts'
import { isAway, pause } from './patience.ts'
import { Pending } from './pending.ts'
import { type Progress, progressLine } from './progress.ts'
import { makeReport, type Report } from './report.ts'
import { type RunParts, runSchedule, type Schedule, sizeOf } from './schedule.ts'
import { anomaliesOf, detectPayload, type Found, type Series } from './series.ts'
import { createSubmitter } from './submitter.ts'
import { Tally } from './tally.ts'
import { readScaling, Watch } from './watch.ts'
import { createWork } from './work.ts'

/** Jobs due and unanswered at most, in the open loop: memory is bounded, and what comes on top is said. */
const MAX_UNANSWERED_JOBS = 10_000
const LOOK_MS = 1_000
/** Offsets are committed after the outcomes are there: how long lag gets to reach 0, milliseconds. */
const LAG_MS = 5_000

export interface LoadParts {
  readonly options: LoadOptions
  readonly client: Client
  readonly progress: Progress
  readonly series: readonly Series[]
  /** Aborted by Ctrl-C: stops submitting, and reports what was. */
  readonly interrupt: AbortSignal
}

/** Milliseconds since the epoch, with fractions; goes on evenly when the clock is set. */
const now = (): number => performance.timeOrigin + performance.now()

/** With several addresses of one name Node's message is empty, and its code says it. */
const said = (error: unknown): string => toError(error).message || codeOf(error)

/** A refusal that every job of the run would get: nothing can come of it. */
const isHopeless = ({ status }: Refusal): boolean => status >= 400 && status < 500 && status !== 429

const found = async (
  client: Client,
  series: Series,
  timed: boolean,
  id: string | undefined,
): Promise<Found> => {
  const job = z
    .object({ status: z.string(), result: z.unknown().optional() })
    .safeParse(id === undefined ? undefined : await client.get(`/jobs/${id}`).catch(() => undefined)).data
  const top = anomaliesOf(series, job?.result)
  return {
    file: series.name,
    rows: series.values.length,
    timed,
    status: job?.status ?? (id === undefined ? 'not accepted' : 'unknown'),
    count: top?.length,
    top: top ?? [],
  }
}

/**
 * Runs the load. @throws AppError SETUP_FAILED where no master can be reached; REQUEST_INVALID where it does not take
 * the token, or refuses the first jobs for good
 */
export const runLoad = async ({
  options,
  client,
  progress,
  series,
  interrupt,
}: LoadParts): Promise<Report> => {
  const { batch, rate, jobs, connections, detector, timeoutMs } = options
  const schedule: Schedule = { jobs, batch, rate }
  const payloads = series.map((it) => detectPayload(it, detector))
  const bodies = series.length > 0 ? payloads.map(({ payload }) => payload) : [options.payload]
  const work = createWork(options, bodies)
  const tally = new Tally()
  const pending = new Pending()
  const order = options.keys === undefined ? undefined : new OrderWatch()
  /** The first accepted job of each series. */
  const firstIds: (string | undefined)[] = []
  const submitted = new AbortController()
  const over = new AbortController()
  const hopeless = new AbortController()
  let refusal: Refusal | undefined

  const onEnded = ({ id, status, dueAt, finishedAt, attempts }: Ended): void => {
    tally.end(status, dueAt, finishedAt, attempts.at(-1)?.attempt ?? 0)
    order?.ended(id, attempts)
  }
  const counts = () => ({ sent: tally.sent, accepted: tally.accepted, finished: tally.finished })

  // Whether the master is there, and takes the token, before any job.
  const before = await readScaling(client).catch((error: unknown) => {
    if (error instanceof AppError) throw error
    throw new AppError('SETUP_FAILED', `${options.url} can’t be reached: ${said(error)}`)
  })
  const startedAt = now()
  const watch = new Watch(startedAt)
  watch.add(before, counts(), startedAt)

  const watching = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await pause(LOOK_MS, over.signal)
      try {
        progress.show(progressLine(watch.add(await readScaling(client), counts(), now())))
      } catch (error) {
        if (!isAway(error)) throw error
        progress.show(`the master does not answer: ${said(error)}`)
      }
    }
  }

  const submit: RunParts = {
    send: createSubmitter({
      client,
      schedule,
      work,
      tally,
      now,
      onAccepted({ id, dueAt, ...about }) {
        pending.add(id, dueAt)
        firstIds[work.bodyOf(about.job)] ??= id
        tally.failures.expected += work.failures(about.job)
        if (options.keys !== undefined) order?.accepted(id, { ...about, key: about.job % options.keys })
      },
      onRefused(it) {
        if (tally.accepted > 0 || series.length > 0 || !isHopeless(it)) return
        refusal ??= it
        hopeless.abort()
      },
    }),
    skip: (request) => {
      tally.notSent += sizeOf(schedule, request)
    },
    maxUnderWay: rate > 0 ? Math.max(connections, Math.floor(MAX_UNANSWERED_JOBS / batch)) : connections,
    signal: AbortSignal.any([interrupt, hopeless.signal]),
    now,
    sleep: (ms) => delay(ms),
  }
  const submitAll = async (): Promise<void> => {
    await runSchedule(schedule, submit)
    submitted.abort()
  }
  const submitAndFollow = async (): Promise<void> => {
    await Promise.all([
      submitAll(),
      followAll({ client, pending, onEnded, submitted: submitted.signal, interrupt, timeoutMs }),
    ])
    const limit = now() + (pending.size === 0 && tally.accepted > 0 ? LAG_MS : 0)
    while (now() < limit && !interrupt.aborted && (watch.samples.at(-1)?.lag ?? 0) > 0) {
      await pause(LOOK_MS / 4, interrupt)
    }
    over.abort()
  }
  await Promise.all([submitAndFollow(), watching()])
  progress.end()
  if (refusal && tally.accepted === 0) {
    throw new AppError('REQUEST_INVALID', `${refusal.code}: ${refusal.detail}`)
  }

  const unasked: Missing = { unfinished: pending.size, unknown: 0, unknownIds: [] }
  const missing =
    pending.size === 0 || interrupt.aborted
      ? unasked
      : await askForMissing(client, pending, onEnded).catch(() => unasked)
  return makeReport({
    options,
    startedAt,
    interrupted: interrupt.aborted,
    tally,
    orderFaults: order?.faults,
    missing: { ...missing, unfinished: pending.size - missing.unknown },
    samples: watch.samples,
    decisions: watch.decisions,
    series: await Promise.all(
      series.map((it, at) => found(client, it, payloads[at]?.timed ?? false, firstIds[at])),
    ),
  })
}
