/**
 * The one broker ends and comes back on the same data and address, under full load; the master publishes to it as well. With
 * `FAULTS_LONG=1` also 25 s later.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CommitWatch, watchCommits } from '../support/commit-watch.ts'
import { expectSettled } from '../support/job-stream.ts'
import { type OwnServer, ownKafka } from '../support/own-servers.ts'
import { setUp } from '../support/platform.ts'
import { openStage, type Stage, tell } from '../support/stage.ts'
import { until } from '../until.ts'

const test = suite('fault: the broker is restarted')
let kafka: OwnServer
let stage: Stage

setUp(test, async () => {
  kafka = await ownKafka()
  stage = await openStage({ name: 'restart', env: { KAFKA_BROKERS: kafka.address }, workers: [{}, {}] })
})
test.after(async () => {
  await stage?.close()
  await kafka?.close()
})

const restart = async (how: 'SIGKILL' | 'orderly', awayMs: number, readyMs: number): Promise<void> => {
  const { workers, stream, platform } = stage
  const since = performance.now()
  await kafka.end(how)
  await delay(awayMs)
  await kafka.startAgain()
  const back = performance.now()
  const before = stream.accepted.size
  const commits: CommitWatch = await watchCommits(platform)
  await until('jobs are accepted again', () => stream.accepted.size > before, 20_000)
  const acceptedAfterMs = performance.now() - back
  const recorded = async (): Promise<number> =>
    Number((await platform.sql<{ n: string }>('select count(*) as n from outcomes'))[0]?.n)
  const then = [...stream.accepted]
  await until('all that was accepted is recorded', async () => (await recorded()) >= then.length, readyMs)
  const caughtUpMs = performance.now() - back
  const ready = await Promise.all(workers.map(({ status }) => status.ready(performance.now() - 200, readyMs)))
  await commits.stop()
  assert.equal(commits.backwards, [])
  for (const { process, status } of workers) {
    assert.not(process.hasEnded)
    assert.ok(status.healthy)
    if (awayMs > 15_000)
      assert.ok(status.samples.some((it) => it.at > since && it.ready === 503 && /^kafka: /.test(it.why)))
  }
  tell(`${how}, ${awayMs} ms`, { acceptedAfterMs, caughtUpMs, readyMs: Math.max(...ready) })
}

test('killed with -9, back 8 s later: caught up within 20 s, the same processes', () =>
  restart('SIGKILL', 8_000, 20_000))

test('stopped and started again: caught up within 20 s, the same processes', () =>
  restart('orderly', 0, 20_000))

if (process.env['FAULTS_LONG'] === '1')
  test('killed with -9, back 25 s later', () => restart('SIGKILL', 25_000, 20_000))
else console.log('left out: 25 s without a broker (FAULTS_LONG=1 runs it)')

test('afterwards each job has one outcome, in order of its key, and all is committed', async () => {
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 20_000)
  assert.ok(repeats <= 40, `${repeats} repeats`)
  tell('settled', { jobs: outcomes.length, repeats, tookMs })
})

test('the log says what was wrong, in few lines', () => {
  for (const worker of stage.workers) {
    const lines = worker.complaints()
    const total = [...lines.values()].reduce((sum, count) => sum + count, 0)
    assert.match([...lines.keys()].join('\n'), 'ECONNREFUSED')
    assert.ok(total < 60, JSON.stringify([...lines]))
    tell('lines', Object.fromEntries(lines))
  }
})

test.run()
