/** A new version under load: master and slaves are replaced, and no client notices. */
import * as assert from 'uvu/assert'
import { expectNoneLost } from './support/burst.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { settled } from './support/installation.ts'
import { kubectl } from './support/kubectl.ts'
import { startLoad } from './support/load.ts'
import { namespace } from './support/names.ts'
import { podsOf } from './support/state.ts'

/** As much as 3 slaves can do: 5 at once, 100 ms each. */
const RATE = 150
const SECONDS = 80
const JOBS = RATE * SECONDS

const test = clusterSuite('rolling update', 'kafka')

test('master and slaves are replaced at full load: no job is lost, and the Service refuses and fails no request', async (cluster) => {
  const { api } = cluster
  const store = await cluster.store()
  const since = await store.now()
  const before = new Set((await podsOf(api)).map(({ metadata }) => metadata.name))
  const load = await startLoad(
    api,
    // Each job a request of its own, on connections that are kept.
    { name: 'load-rolling', jobs: JOBS, ms: 100, rate: RATE, connections: 64 },
    (SECONDS + 120) * 1_000,
  )
  const began = performance.now()
  await kubectl([
    '-n',
    namespace,
    'rollout',
    'restart',
    'deployment/backend-master',
    'deployment/backend-slave',
  ])
  await settled(api)
  const rolledS = (performance.now() - began) / 1_000
  const report = await load.report
  console.log(
    `rolled out in ${rolledS.toFixed(1)} s; latency of a submission, ms: ${JSON.stringify(report.latency.submit)}`,
  )
  for (const component of ['backend-master', 'backend-slave'])
    for (const { metadata } of await podsOf(api, component))
      assert.not.ok(before.has(metadata.name), `${metadata.name} is of before`)
  assert.ok(
    (report.durationS.submit ?? 0) > rolledS,
    `the load ended after ${report.durationS.submit} s, before the update, after ${rolledS} s: this shows nothing`,
  )
  expectNoneLost({ report, counts: await store.counts(since) }, JOBS)
})

test.run()
