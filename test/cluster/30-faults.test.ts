/** Pods that end in every way while the autoscaler brings and takes others: nothing that was accepted is lost. */
import * as assert from 'uvu/assert'
import { burst, expectNoneLost } from './support/burst.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { eventually } from './support/eventually.ts'
import { anyReady, deletePod, forcePod, killProcesses } from './support/faults.ts'
import type { Pod } from './support/state.ts'
import { podsOf, restartsOf } from './support/state.ts'
import { describeSteps } from './support/timeline.ts'

const JOBS = 8_000

const test = clusterSuite('faults', 'kafka')

test('slaves that are deleted, forced away and killed with -9 while others come lose no job', async (cluster) => {
  const { api } = cluster
  const struck = new Set<string>()
  const next = (component = 'backend-slave'): Promise<Pod> =>
    eventually(`another Ready pod of ${component}`, () => anyReady(api, component, struck), {
      limitMs: 60_000,
    })
  const strike = async (how: (pod: Pod) => Promise<void>): Promise<void> => {
    const pod = await next()
    struck.add(pod.metadata.name)
    await how(pod)
  }
  const outcome = await burst(
    { api, store: await cluster.store() },
    {
      name: 'load-faults',
      jobs: JOBS,
      ms: 100,
      batch: 500,
      keys: 500,
      drainLimitMs: 240_000,
      backLimitMs: 0,
    },
    async (recorder) => {
      await recorder.until('jobs are done', ({ finished }) => finished > 0, 60_000)
      await strike(killProcesses)
      await recorder.until('more slaves are asked for', ({ desired }) => desired > 3, 60_000)
      await strike((pod) => deletePod(api, pod))
      await strike((pod) => forcePod(api, pod))
      await recorder.until('a new slave is Ready', ({ ready }) => ready > 3, 60_000)
      await strike(killProcesses)
      await strike((pod) => forcePod(api, pod))
      await strike((pod) => deletePod(api, pod))
    },
  )
  const { samples, summary, counts, report } = outcome
  console.log(`${describeSteps(samples)}\n${JSON.stringify({ ...summary, repeated: counts.repeated })}`)
  expectNoneLost(outcome, JOBS)
  assert.is(report.orderFaults, 0, 'jobs of a key that ran out of order, or at once')
  assert.is(struck.size, 6)
  const restarts = (await podsOf(api, 'backend-slave')).reduce((sum, pod) => sum + restartsOf(pod), 0)
  assert.ok(restarts <= 2, `${restarts} restarts: at most those of the two processes that were killed`)
})

test.run()
