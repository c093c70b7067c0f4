/** A burst: many jobs posted at once from a pod inside, recorded until all have ended and the slaves are as few as before. */
import * as assert from 'uvu/assert'
import type { Report } from '../../../producer/load/report.ts'
import type { Api } from './api.ts'
import { type Load, startLoad } from './load.ts'
import { type Recorder, record } from './recorder.ts'
import type { Counts, Store } from './store.ts'
import { type Sample, type Summary, summarise } from './timeline.ts'

export interface Burst extends Load {
  /** How long until the last outcome, ms. */
  readonly drainLimitMs: number
  /** And from then on until no more slaves are asked for than in the beginning, ms; 0: nobody waits for that. */
  readonly backLimitMs: number
}

export interface Outcome {
  readonly report: Report
  readonly samples: readonly Sample[]
  readonly summary: Summary
  /** Of the jobs that were posted since the burst began. */
  readonly counts: Counts
}

export interface BurstParts {
  readonly api: Api
  readonly store: Store
}

/** Posts the load and records. `during` goes on beside it, with the recorder, and may end before or after. */
export const burst = async (
  { api, store }: BurstParts,
  { drainLimitMs, backLimitMs, ...load }: Burst,
  during: (recorder: Recorder) => Promise<void> = async () => {},
): Promise<Outcome> => {
  const recorder = await record(api, store)
  try {
    const posted = await startLoad(api, load, drainLimitMs)
    const [report] = await Promise.all([posted.report, during(recorder)])
    const first = recorder.samples[0]?.desired ?? 0
    await recorder.until('all have an outcome', ({ finished }) => finished >= load.jobs, drainLimitMs)
    if (backLimitMs > 0) {
      await recorder.until(`back to ${first} slaves`, ({ desired }) => desired <= first, backLimitMs)
    }
    const counts = await store.counts(recorder.since)
    const samples = await recorder.stop()
    return { report, samples, counts, summary: summarise(samples, load.jobs) }
  } finally {
    await recorder.stop()
  }
}

/** Every job was accepted, and has one outcome: that it succeeded. */
export const expectNoneLost = (
  { report, counts }: Pick<Outcome, 'report' | 'counts'>,
  jobs: number,
): void => {
  const { accepted, refused, lost, unknown, unknownIds, dead } = report.jobs
  assert.equal(refused, [], 'refused')
  assert.is(accepted, jobs, 'accepted')
  assert.is(lost, 0, `lost; without a trace: ${unknown} (${unknownIds.slice(0, 5).join(', ')})`)
  assert.is(dead, 0, 'dead')
  // One row a job: its id is the primary key. So as many as jobs means that each has its own.
  assert.is(counts.all, jobs, 'outcomes')
  assert.is(counts.succeeded, jobs, 'succeeded')
}
