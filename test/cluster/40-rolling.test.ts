/** A new version under load: master and slaves are replaced, and no client notices. */
import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { clusterSuite } from './support/cluster-suite.ts'
import { eventually } from './support/eventually.ts'
import { settled } from './support/installation.ts'
import { kubectl } from './support/kubectl.ts'
import { startLoad } from './support/load.ts'
import { namespace } from './support/names.ts'
import { podsOf } from './support/state.ts'

/** As much as 3 slaves can do: 5 at once, 100 ms each. */
const RATE = 150
/** The load is stopped soon after the update; this is how long that may take, seconds. */
const MOST_SECONDS = 200
const AFTER_MS = 5_000

const test = clusterSuite('rolling update', 'kafka')

test('master and slaves are replaced at full load: no job is lost, and the Service refuses and fails no request', async (cluster) => {
  const { api } = cluster
  const store = await cluster.store()
  const since = await store.now()
  const before = new Set((await podsOf(api)).map(({ metadata }) => metadata.name))
  const load = await startLoad(
    api,
    // Each job a request of its own, on connections that are kept.
    { name: 'load-rolling', jobs: RATE * MOST_SECONDS, ms: 100, rate: RATE, connections: 64 },
    (MOST_SECONDS + 120) * 1_000,
  )
  await eventually('jobs are done', async () => (await store.finished(since)) > 0, { limitMs: 30_000 })
  const began = performance.now()
  const restart = ['rollout', 'restart', 'deployment/backend-master', 'deployment/backend-slave']
  await kubectl(['-n', namespace, ...restart])
  await settled(api)
  const rolledS = (performance.now() - began) / 1_000
  // What clients had kept of connections to the old master they now use for the last time.
  await delay(AFTER_MS)
  await load.stop()
  const report = await load.report
  console.log(
    `rolled out in ${rolledS.toFixed(1)} s; latency of a submission, ms: ${JSON.stringify(report.latency.submit)}`,
  )
  assert.ok(report.interrupted, 'the load went on until after the update: else this shows nothing')
  for (const component of ['backend-master', 'backend-slave'])
    for (const { metadata } of await podsOf(api, component))
      assert.not.ok(before.has(metadata.name), `${metadata.name} is of before`)
  const { accepted, refused } = report.jobs
  assert.equal(refused, [], 'refused or failed')
  assert.ok(accepted > rolledS * 10, `${accepted} jobs in ${rolledS} s are no load`)
  let counts = await store.counts(since)
  await eventually(
    'every accepted job has its outcome',
    async () => {
      counts = await store.counts(since)
      return counts.all >= accepted
    },
    { limitMs: 90_000 },
    () => ({ accepted, ...counts }),
  )
  assert.is(counts.succeeded, counts.all, 'succeeded')
})

test.run()
