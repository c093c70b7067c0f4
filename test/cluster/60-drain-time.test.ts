/** The drain-time policy through our external scaler, beside KEDA's kafka trigger. */
import * as assert from 'uvu/assert'
import { runJob } from '../support/api.ts'
import { burst, expectNoneLost } from './support/burst.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { eventually } from './support/eventually.ts'
import { scaledObject } from './support/installation.ts'
import { kubectl } from './support/kubectl.ts'
import { startLoad } from './support/load.ts'
import { namespace, paths } from './support/names.ts'
import { reach } from './support/reach.ts'
import { record } from './support/recorder.ts'
import { newRestarts, podsOf, replicasOf } from './support/state.ts'
import { describeSteps } from './support/timeline.ts'
import { keepTimeline, readTimeline } from './support/timeline-file.ts'

/** The same as in 20-burst. */
const JOBS = 10_000
const MS = 100
/** Three periods of the HPA, of 15 s each. */
const AWAY_MS = 45_000
/** Less than KEDA’s polling interval and the HPA’s period (15 s each), and enough for a machine that has much to do. */
const AT_ONCE_MS = 5_000

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

test('from no slave at all the first job wakes some at once, long before the autoscaler would look', async (cluster) => {
  const { api } = cluster
  const { metadata, spec } = await scaledObject(api)
  const allow = (minReplicaCount: number, cooldownPeriod: number, setting: string): Promise<unknown> =>
    Promise.all([
      api.patch(`${paths.scaledObjects}/${metadata.name}`, { spec: { minReplicaCount, cooldownPeriod } }),
      kubectl(['-n', namespace, 'set', 'env', 'deployment/scaler', setting]),
    ])
  const asked = async (): Promise<number> => (await replicasOf(api, 'backend-slave')).desired
  const master = await reach('service/backend-master', 80)
  try {
    await master.open()
    await allow(0, 5, 'MIN_REPLICAS=0')
    await eventually('there is no slave', async () => (await podsOf(api, 'backend-slave')).length === 0, {
      limitMs: 150_000,
    })
    const began = performance.now()
    const job = runJob(master.url, { type: 'noop', payload: {} }, 60)
    job.catch(() => {})
    await eventually('a slave is asked for', async () => (await asked()) > 0, {
      limitMs: 60_000,
      everyMs: 100,
    })
    const wokenMs = performance.now() - began
    const { status } = await job
    const doneMs = performance.now() - began
    console.log(`from zero: asked for after ${Math.round(wokenMs)} ms, done after ${Math.round(doneMs)} ms`)
    assert.is(status, 'succeeded')
    assert.ok(wokenMs < AT_ONCE_MS, `asked for after ${Math.round(wokenMs)} ms`)
  } finally {
    master.close()
    await allow(spec.minReplicaCount ?? 3, spec.cooldownPeriod ?? 300, 'MIN_REPLICAS-')
    await eventually('there are 3 slaves again', async () => (await asked()) === 3, { limitMs: 90_000 })
  }
})

test.run()
