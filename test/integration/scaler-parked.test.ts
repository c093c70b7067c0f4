import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('the scaler and parked jobs')

setUp(test, async () => {
  platform = await startPlatform('scalepark', {
    MIN_REPLICAS: '1',
    MAX_REPLICAS: '4',
    LAG_THRESHOLD: '10',
    SCALE_INTERVAL_MS: '500',
    SCALE_DOWN_STABILIZATION_MS: '0',
  })
  master = await platform.master()
})
test.after(() => platform?.stop())

interface Scaling {
  readonly lag: number
  readonly replicas: { readonly desired: number }
  readonly decisions: readonly { readonly to: number; readonly reason: string }[]
}
const scaling = async (): Promise<Scaling> =>
  (await call(`${master.url}/api/scaling`)).body as unknown as Scaling

/** In a partition that nobody has, so that they stay. */
const park = (jobs: number, due: string): Promise<unknown> =>
  platform.sql(
    `insert into parked (id, topic, partition, type, value, reason, due, attempt, attempts_before, attempts, submitted_at)
     select gen_random_uuid(), $1, 99, 'noop', '{}', 'retry', $2::timestamptz, 0, 0, '[]', now() from generate_series(1, $3)`,
    [platform.topic('jobs.low'), due, jobs],
  )

test('the fleet grows for those that are due, and says why; not for those that are not', async () => {
  const scaler = await platform.scaler()
  const { warnings } = (await call(`${scaler.url}/ready`)).body as { warnings?: unknown }
  assert.is(warnings, undefined)
  await park(500, '2100-01-01T00:00:00Z')
  await park(25, '2020-01-01T00:00:00Z')
  const grown = await until('there are three', async () => {
    const now = await scaling()
    return now.replicas.desired === 3 && now.lag === 25 && now
  })
  assert.is(grown.lag, 25)
  const reason = grown.decisions.find(({ to }) => to === 3)?.reason ?? ''
  assert.is(
    reason,
    'the larger of lag 0 and 25 due parked jobs is worth 3 workers at 10 a worker; growing 1 → 3',
  )
  await platform.sql('delete from parked where due < now()')
  await until('it is one again', async () => (await scaling()).replicas.desired === 1)
  await scaler.stop()
})

test('without a database it follows Kafka’s lag alone, and warns of it', async () => {
  const scaler = await platform.scaler({ DATABASE_URL: '', MIN_REPLICAS: '0' })
  const answer = await call(`${scaler.url}/ready`)
  assert.is(answer.status, 200)
  const { warnings } = answer.body as { warnings?: Record<string, string> }
  assert.equal(warnings, { parked: 'DATABASE_URL is not set: the fleet follows Kafka’s lag alone' })
  await scaler.stop()
})

test.run()
