/** PostgreSQL ends and comes back on the same data and address, under load. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectSettled } from '../support/job-stream.ts'
import { type OwnServer, ownPostgres } from '../support/own-servers.ts'
import { setUp } from '../support/platform.ts'
import { openStage, type Stage, tell } from '../support/stage.ts'
import { readMetric } from '../support/status-watch.ts'
import { until } from '../until.ts'

const test = suite('fault: PostgreSQL is restarted')
let postgres: OwnServer
let stage: Stage

setUp(test, async () => {
  postgres = await ownPostgres()
  stage = await openStage({ name: 'dbrestart', env: { DATABASE_URL: postgres.address }, workers: [{}, {}] })
})
test.after(async () => {
  await stage?.close()
  await postgres?.close()
})

const restart = async (how: 'SIGKILL' | 'orderly', awayMs: number): Promise<void> => {
  const { workers, stream, platform } = stage
  const since = performance.now()
  await postgres.end(how)
  const unready = await Promise.all(
    workers.map(({ status }) => status.unready(since, /^database: .*(ECONNREFUSED|terminat)/, 5_000)),
  )
  for (const { process } of workers)
    assert.is(await readMetric(process.url, 'anomgrd_check_failing', { of: 'ready', check: 'database' }), 1)
  await delay(Math.max(0, awayMs - (performance.now() - since)))
  await postgres.startAgain()
  const back = performance.now()
  const ready = await Promise.all(workers.map(({ status }) => status.ready(back, 5_000)))
  const ids = [...stream.accepted]
  await until(
    'all that was accepted meanwhile is recorded',
    async () => {
      const rows = await platform.sql('select 1 from outcomes where id = any($1::uuid[])', [ids])
      return rows.length === ids.length
    },
    10_000,
  )
  for (const { process, status } of workers) {
    assert.not(process.hasEnded)
    assert.ok(status.healthy)
  }
  const unreadyMs = Math.max(...unready.map(({ afterMs }) => afterMs))
  tell(how, { unreadyMs, readyMs: Math.max(...ready), caughtUpMs: performance.now() - back })
}

test('killed with -9, back 8 s later: said within 5 s, ready again within 5 s, caught up within 10 s', () =>
  restart('SIGKILL', 8_000))

test('stopped, and started again 14 s later, when every row of ownership has expired', () =>
  restart('orderly', 14_000))

test('afterwards each job has one outcome, in order of its key, and nothing ran twice', async () => {
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 10_000)
  assert.is(repeats, 0)
  tell('settled', { jobs: outcomes.length, repeats, tookMs })
})

test('the log says what was wrong, in few lines', () => {
  for (const worker of stage.workers) {
    const lines = worker.complaints()
    assert.match([...lines.keys()].join('\n'), /can’t be (recorded|held|looked up)/)
    const total = [...lines.values()].reduce((sum, count) => sum + count, 0)
    assert.ok(total < 30, JSON.stringify([...lines]))
  }
})

test.run()
