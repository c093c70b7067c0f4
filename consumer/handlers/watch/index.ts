/**
 * The job type `watch`: appends points to a standing series and judges them. Its points, alarms and the jobs that deliver those are written
 * together, or not at all; a job that comes again gives the result that it gave.
 */
import { AppError } from '../../../core/errors.ts'
import { defineHandler, type HandlerContext, z } from '../../../core/handler.ts'
import {
  type Alarm,
  columnsOf,
  MAX_SERIES,
  type Point,
  pointList,
  seriesName,
  type WatchResult,
} from '../../../core/series/watch.ts'
import { storeError } from '../../../core/store/database.ts'
import { ensureSeries, type Series } from '../../../core/store/series.ts'
import { type Append, findAppend, type PointChunk } from '../../../core/store/series-points.ts'
import type { StreamingDetector } from '../../detection/detector.ts'
import { streaming } from '../../detection/streaming/index.ts'
import { alarmOf } from './alarm.ts'
import { inOrder, type Ordered } from './in-order.ts'
import { judgeAll } from './judge.ts'
import { encodeState } from './state.ts'
import type { Verdict, Watcher } from './watcher.ts'
import { keep, loadWatcher, STATE_EVERY } from './watchers.ts'
import { deliveryOf, write } from './write.ts'

const detectors: ReadonlyMap<string, StreamingDetector> = new Map(streaming.map((it) => [it.name, it]))
const names = [...detectors.keys()]

/** Scores of a result are rounded to this many units of 1. */
const UNITS = 10_000

/** The summary that is kept with the points. */
type Summary = Omit<WatchResult, 'scores'>

const resultOf = (summary: Summary, scores: readonly number[]): WatchResult => ({
  ...summary,
  scores: scores.map((score) => Math.round(score * UNITS) / UNITS),
})

/** Does what asks the store. @throws AppError STORE_UNAVAILABLE, to be repeated, or INTERNAL */
const stored = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw error instanceof AppError ? error : storeError(error)
  })

const refuse = (path: string, message: string): AppError =>
  new AppError('REQUEST_INVALID', `${path}: ${message}`, { faults: [{ path, message }] })

/** Its detector; one that is gone since its settings were put is a fault of theirs. */
const detectorOf = ({ name, detector }: Series): StreamingDetector => {
  const found = detectors.get(detector)
  if (found) return found
  throw new AppError('REQUEST_INVALID', `series ${name}: there is no streaming detector ${detector}`)
}

/** @throws AppError REQUEST_INVALID where the series has times and these points have none, or the other way round */
const checkForm = ({ name, timed }: Series, timesMs: readonly number[] | undefined): void => {
  if (timed === undefined || timed === (timesMs !== undefined)) return
  const form = timed ? 'must have timestamps' : 'must have no timestamps'
  throw refuse('/payload/points', `${form}, as the points of ${name} before them`)
}

const skipRemarks = ({ late, duplicate }: Ordered['skipped']): string[] => [
  ...(late > 0 ? [`${late} left out: earlier than the point before.`] : []),
  ...(duplicate > 0 ? [`${duplicate} left out: of the same time as the point before.`] : []),
]

const chunkOf = (
  firstRow: number,
  { values, timesMs }: Ordered,
  verdicts: readonly Verdict[],
): PointChunk => ({
  firstRow,
  values,
  timesMs,
  scores: verdicts.map(({ score }) => score),
  expected: verdicts.map(({ expected }) => expected),
  lower: verdicts.map(({ lower }) => lower),
  upper: verdicts.map(({ upper }) => upper),
})

const alarmsOf = (
  series: string,
  { values, timesMs }: Ordered,
  firstRow: number,
  verdicts: readonly Verdict[],
): Alarm[] => {
  const now = Date.now()
  return verdicts.flatMap((verdict, index) =>
    verdict.alarm
      ? [
          alarmOf(
            {
              ...verdict,
              series,
              row: firstRow + index,
              value: values[index] ?? Number.NaN,
              timeMs: timesMs?.[index],
            },
            now,
          ),
        ]
      : [],
  )
}

const stateOf = async (watcher: Watcher, points: number): Promise<Buffer | undefined> => {
  const saved = points >= STATE_EVERY ? watcher.save() : undefined
  return saved && encodeState(saved)
}

interface WatchPayload {
  readonly series: string
  readonly points: readonly Point[]
  readonly detector?: string | undefined
}

const watch = async (
  { series: name, points, detector }: WatchPayload,
  context: HandlerContext,
): Promise<WatchResult> => {
  const { id, key, signal } = context
  const { db } = context.platform
  if (key !== name) throw new AppError('REQUEST_INVALID', `its key must be the series’ name, ${name}`)
  // In this order: a version that counts this job's points already is not to be read without them.
  const series = await stored(ensureSeries(db, name, detector))
  const known = await stored(findAppend(db, name, id))
  if (known) return resultOf(JSON.parse(known.result) as Summary, known.scores)
  if (!series) throw new AppError('SERIES_FULL', `There are ${MAX_SERIES} series, which is the limit.`)
  const columns = columnsOf(points)
  checkForm(series, columns.timesMs)
  const ordered = inOrder(columns, series.lastMs)
  const summary: Summary = {
    series: name,
    firstRow: series.rows,
    appended: ordered.values.length,
    skipped: ordered.skipped,
    alarms: [],
    remarks: skipRemarks(ordered.skipped),
  }
  // Nothing to remember it by is needed: it gives the same whenever it comes again.
  if (ordered.values.length === 0) return resultOf(summary, [])

  const { watcher, stateRow, remark } = await stored(loadWatcher(db, series, detectorOf(series), signal))
  if (remark !== undefined) context.log(remark)
  const verdicts = await judgeAll(watcher, ordered.values, ordered.timesMs, signal)
  const chunk = chunkOf(series.rows, ordered, verdicts)
  const alarms = alarmsOf(name, ordered, series.rows, verdicts)
  const result: Summary = {
    ...summary,
    alarms,
    remarks: remark === undefined ? summary.remarks : [...summary.remarks, remark],
  }
  const isDelivered = series.webhook !== undefined && series.webhook.disabled === undefined
  const append: Append = {
    series: name,
    version: series.version,
    jobId: id,
    chunk,
    result: JSON.stringify(result),
    alarms: alarms.map((alarm) => ({
      id: alarm.id,
      row: alarm.row,
      alarm: JSON.stringify(alarm),
      job: isDelivered ? deliveryOf(alarm, context) : undefined,
    })),
    state: await stateOf(watcher, series.rows + chunk.values.length - stateRow),
  }
  signal.throwIfAborted()
  if (!(await stored(write(context, append)))) {
    const changed = new AppError('SERIES_CHANGED', `${name} was changed meanwhile`, { retryable: true })
    throw Object.assign(changed, { retryAfterMs: 20 })
  }
  keep(series, watcher)
  return resultOf(result, chunk.scores)
}

export default defineHandler({
  type: 'watch',
  description:
    'Appends points to a standing series and judges them by what came before: see `POST /api/series/:name/points`, which submits it.',
  schema: z.strictObject({
    series: seriesName,
    points: pointList,
    detector: z
      .enum(names)
      .optional()
      .meta({ description: 'Of a series that this makes; one that is there keeps its own.' }),
  }),
  // A store that is away for a while must not cost a series its points: about an hour of waits.
  defaults: { maxAttempts: 30 },
  run: watch,
})
