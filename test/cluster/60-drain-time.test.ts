/** The drain-time policy through our external scaler, beside KEDA's kafka trigger. */
import * as assert from 'uvu/assert'
import { burst, expectNoneLost } from './support/burst.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { eventually } from './support/eventually.ts'
import { kubectl } from './support/kubectl.ts'
import { startLoad } from './support/load.ts'
import { namespace } from './support/names.ts'
import { record } from './support/recorder.ts'
import { newRestarts, podsOf } from './support/state.ts'
import { describeSteps } from './support/timeline.ts'
import { keepTimeline, readTimeline } from './support/timeline-file.ts'

/** The same as in 20-burst. */
const JOBS = 10_000
const MS = 100
/** Three periods of the HPA, of 15 s each. */
const AWAY_MS = 45_000

const test = clusterSuite('drain-time', 'drain-time')

test('on the burst that KEDA’s trigger had, it asks for all its slaves in no more steps, and loses nothing', async (cluster) => {
  const { api } = cluster
  const before = await podsOf(api)
  const outcome = await burst(
    { api, store: await cluster.store() },
    { name: 'load-drain', jobs: JOBS, ms: MS, batch: 1_000, drainLimitMs: 180_000, backLimitMs: 120_000 },
  )
  const { samples, summary } = outcome
  console.log(`drain-time: ${describeSteps(samples)}\n${JSON.stringify(summary)}`)
  keepTimeline('drain-time', samples, summary)
  expectNoneLost(outcome, JOBS)
  assert.ok(summary.peak > 3, 'it scales up')
  assert.is(samples.at(-1)?.desired, 3, 'slaves afterwards')
  assert.equal(await newRestarts(api, before), [])
  const kafka = readTimeline('kafka')?.summary
  if (!kafka) return
  console.table({ kafka, 'drain-time': summary })
  assert.ok(summary.ups <= kafka.ups, `${summary.ups} steps up; with KEDA’s trigger they were ${kafka.ups}`)
})

test('without the external scaler the slaves there are stay, for longer than the autoscaler takes to look again, and do their jobs', async (cluster) => {
  const { api } = cluster
  const scale = (replicas: number): Promise<string> =>
    kubectl(['-n', namespace, 'scale', 'deployment/scaler', `--replicas=${replicas}`])
  const store = await cluster.store()
  const recorder = await record(api, store)
  try {
    const load = await startLoad(api, { name: 'load-away', jobs: 5_000, ms: MS, batch: 500 }, 180_000)
    await recorder.until('more slaves are asked for', ({ desired }) => desired > 3, 60_000)
    await scale(0)
    const gone = async (): Promise<boolean> => (await podsOf(api, 'scaler')).length === 0
    await eventually('the scaler is gone', gone, { limitMs: 60_000 })
    const { at: away, desired: held } = await recorder.until('it is looked at once more', () => true, 10_000)
    const report = await load.report
    await recorder.until('three periods of the HPA have passed', ({ at }) => at > away + AWAY_MS, 180_000)
    const least = Math.min(...recorder.samples.filter(({ at }) => at >= away).map(({ desired }) => desired))
    assert.ok(least >= held, `${least} slaves while there was no scaler, ${held} before`)
    expectNoneLost({ report, counts: await store.counts(recorder.since) }, 5_000)
    await scale(1)
    await recorder.until('back to 3 slaves', ({ desired }) => desired === 3, 120_000)
  } finally {
    await scale(1)
    await recorder.stop()
  }
})

test.run()
