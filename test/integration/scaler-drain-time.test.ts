import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('processes scaled by the drain-time policy')

setUp(test, async () => {
  platform = await startPlatform('draintime', {
    SCALING_POLICY: 'drain-time',
    MIN_REPLICAS: '0',
    MAX_REPLICAS: '3',
    DRAIN_OBJECTIVE_MS: '4000',
    WORKER_STARTUP_MS: '1500',
    REBALANCE_MS: '300',
    SCALE_DOWN_STABILIZATION_MS: '2000',
  })
  master = await platform.master()
})
test.after(() => platform?.stop())

interface Scaling {
  readonly lag: number
  readonly replicas: { readonly desired: number; readonly ready: number }
  readonly decisions: readonly {
    readonly from: number
    readonly to: number
    readonly reason: string
    readonly policy?: string
  }[]
}
const scaling = async (): Promise<Scaling> =>
  (await call(`${master.url}/api/scaling`)).body as unknown as Scaling

test('from zero to as many as keep the objective, and back to zero, each change with its reason', async () => {
  const scaler = await platform.scaler()
  await until('there is none', async () => (await scaling()).replicas.desired === 0)
  const jobs = Array.from({ length: 1_200 }, () => ({ type: 'sleep', payload: { ms: 100 } }))
  await sendBatch(master.url, [ndjson(jobs)])
  const woken = performance.now()
  await until('one is there', async () => (await scaling()).replicas.desired > 0, 3_000)
  console.log(`woken after ${Math.round(performance.now() - woken)} ms`)
  // One would take 24 s. How many come depends on how long they take to start here.
  await until('one is not enough', async () => (await scaling()).replicas.desired > 1, 30_000)
  await until(
    'all is done, and they are gone',
    async () => {
      const { lag, replicas } = await scaling()
      return lag === 0 && replicas.desired === 0
    },
    60_000,
  )
  const { decisions } = await scaling()
  const changes = decisions.filter(({ from, to }) => from !== to)
  assert.is(changes[0]?.to, 0)
  assert.is(changes.at(-1)?.from, 0)
  for (const { policy, reason } of changes.filter(({ reason }) => !reason.startsWith('started'))) {
    assert.is(policy, 'drain-time')
    assert.match(reason, /(growing|shrinking) \d+ → \d+/)
  }
  assert.ok(decisions.length < 40, `${decisions.length} decisions: they are told where they are news`)
  await scaler.stop()
})

test.run()
