/** A job that kills whoever runs it ends dead: it takes neither the fleet with it, nor the jobs that ran beside it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { until } from '../until.ts'

let platform: Platform
const test = suite('a job that kills its worker')

setUp(test, async () => {
  platform = await startPlatform('killed', { PARTITIONS: '1' })
})
test.after(() => platform?.stop())

interface Row {
  readonly type: string
  readonly status: string
  readonly code: string | null
}

test('is dead after its attempts, and what ran beside it is not', async () => {
  const master = await platform.master()
  const killer = { type: 'test.kill', payload: null, maxAttempts: 1 }
  const innocent = { type: 'test.work', payload: { ms: 300 }, maxAttempts: 1 }
  const work = [innocent, killer, ...Array.from({ length: 8 }, () => innocent)]
  await sendBatch(master.url, [ndjson(work)])
  const rows = (): Promise<Row[]> =>
    platform.sql<Row>(`select type, status, error->>'code' as code from outcomes order by type`)
  const all = until('all have ended', async () => (await rows()).length === work.length, 90_000)
  let killed = 0
  for (let goesOn = true; goesOn; killed += goesOn ? 1 : 0) {
    const worker = await platform.worker()
    goesOn = await Promise.race([all.then(() => false), worker.ended.then(() => true)])
  }
  assert.equal(await rows(), [
    { type: 'test.kill', status: 'dead', code: 'WORKER_LOST' },
    ...Array.from({ length: 9 }, () => ({ type: 'test.work', status: 'succeeded', code: null })),
  ])
  // Unnoticed the first time, beside others the second, alone the third.
  assert.is(killed, 3)
  const isEmpty = async (): Promise<boolean> =>
    (await platform.sql('select from delivery_attempts')).length === 0
  await until('what was noted of attempts is forgotten', isEmpty)
})

test.run()
