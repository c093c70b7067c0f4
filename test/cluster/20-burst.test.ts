/** A burst, scaled by KEDA’s kafka trigger and the HPA. */
import * as assert from 'uvu/assert'
import { burst, expectNoneLost } from './support/burst.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { newRestarts, podsOf } from './support/state.ts'
import { describeSteps } from './support/timeline.ts'
import { keepTimeline } from './support/timeline-file.ts'

const JOBS = 10_000

const test = clusterSuite('burst', 'kafka')

test('a burst takes the slaves from 3 up and back to 3; each job has its one result, and no pod ends badly', async (cluster) => {
  const { api } = cluster
  const before = await podsOf(api)
  const outcome = await burst(
    { api, store: await cluster.store() },
    { name: 'load-burst', jobs: JOBS, ms: 100, batch: 1_000, drainLimitMs: 180_000, backLimitMs: 120_000 },
  )
  const { samples, summary } = outcome
  console.log(`kafka: ${describeSteps(samples)}\n${JSON.stringify(summary)}`)
  keepTimeline('kafka', samples, summary)
  expectNoneLost(outcome, JOBS)
  assert.is(samples[0]?.desired, 3, 'slaves before')
  assert.ok(summary.peak > 3, 'it scales up')
  const most = Math.max(...samples.map(({ ready }) => ready))
  assert.ok(most > 3, 'the new slaves get Ready while the burst lasts')
  assert.is(samples.at(-1)?.desired, 3, 'slaves afterwards')
  assert.equal(await newRestarts(api, before), [])
})

test.run()
