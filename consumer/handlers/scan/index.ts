/**
 * The job type `scan`: looks for anomalies in all series of a data set. A control job: each series is a `detect` job of its own,
 * keyless, so that they spread over the workers and count as lag.
 *
 * It keeps no state. Its children are known by their numbers, which are those of the series, so whoever runs it again is given the
 * children that there are, and gathers their outcomes from the beginning.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../../core/errors.ts'
import { type ChildJob, defineHandler, type HandlerContext, z } from '../../../core/handler.ts'
import { priorities } from '../../../core/job.ts'
import { type DataSetSeries, getDataSet, listSeries } from '../../../core/store/data-sets.ts'
import { fromStore } from '../../../core/store/database.ts'
import { DEFAULT_DETECTOR, detectorNames } from '../../detection/catalogue.ts'
import { type Child, gather, type ScanResult } from './gather.ts'

/** Children that have been submitted and have not ended, at most: a large scan leaves room in the queue for others. */
const MAX_IN_FLIGHT = 2_000
/** Children that are submitted at once. */
const GROUP = 500
/** Outcomes are looked for so often, ms. */
const LOOK_MS = 500

const schema = z.strictObject({
  dataSet: z.uuid().describe('The id of a data set (`POST /api/data-sets`).'),
  detector: z.enum(detectorNames).optional().describe(`As of "detect"; ${DEFAULT_DETECTOR} by default.`),
  threshold: z
    .number()
    .positive()
    .lt(1)
    .optional()
    .describe('Score from which on a point is flagged; as of "detect" by default.'),
  top: z.int().min(1).max(1_000).default(100).describe('Anomalies in the ranking at most.'),
  priority: z.enum(priorities).optional().describe('Of its `detect` jobs; `normal` by default.'),
})
export type ScanPayload = z.output<typeof schema>

const childOf = ({ dataSet, detector, threshold, priority }: ScanPayload, series: string): ChildJob => ({
  type: 'detect',
  payload: {
    dataSet,
    series,
    ...(detector === undefined ? {} : { detector }),
    ...(threshold === undefined ? {} : { threshold }),
    scores: false,
  },
  ...(priority === undefined ? {} : { priority }),
})

/** Scans a data set. @throws AppError NOT_FOUND; the signal's reason once it is aborted */
const scan = async (payload: ScanPayload, context: HandlerContext): Promise<ScanResult> => {
  const { dataSet, top } = payload
  const { id, signal, progress, log } = context
  const { db, jobs } = context.platform
  const found = await fromStore(() => getDataSet(db, dataSet), signal)
  if (!found) throw new AppError('NOT_FOUND', `there is no data set ${dataSet}, or its time is over`)

  const gathered = gather(top)
  const inFlight = new Map<string, Child>()
  let submitted = 0

  const submitSome = async (): Promise<void> => {
    while (submitted < found.series && inFlight.size <= MAX_IN_FLIGHT - GROUP) {
      const list = (): Promise<DataSetSeries[]> => listSeries(db, dataSet, submitted - 1, GROUP)
      const some = await fromStore(list, signal)
      if (some.length === 0) throw new AppError('NOT_FOUND', `the data set ${dataSet} was deleted`)
      const children = some.map(({ name }) => childOf(payload, name))
      const ids = await jobs.submit(id, submitted, children, signal)
      for (const [n, { name, number }] of some.entries()) {
        const job = ids[n] ?? ''
        inFlight.set(job, { series: name, number, job })
      }
      submitted += some.length
    }
  }
  const takeEnded = async (): Promise<void> => {
    for await (const outcome of jobs.outcomes([...inFlight.keys()], signal)) {
      const child = inFlight.get(outcome.id)
      if (!child) continue
      inFlight.delete(outcome.id)
      gathered.add(child, outcome)
    }
    const { series, anomalies } = gathered
    progress(series / found.series, `${series} of ${found.series} series, ${anomalies} anomalies`)
  }

  log(`${found.series} series of "${found.name}", ${found.points} points`)
  while (gathered.series < found.series) {
    await submitSome()
    await takeEnded()
    if (gathered.series < found.series) await delay(LOOK_MS, undefined, { signal })
  }
  return gathered.result(dataSet)
}

export default defineHandler({
  type: 'scan',
  description:
    'Finds the anomalies of all series in a data set: a job a series, and a ranking over all of them. Series that fail are told, and do ' +
    'not fail it. Cancelled, it takes its jobs along.',
  control: true,
  // It waits for others, as long as that takes; and it is run again when its node ends, as often as that happens.
  defaults: { timeoutMs: 86_400_000, maxAttempts: 100 },
  schema,
  run: scan,
})
