/**
 * The connections of one worker of two to Kafka stay, and nothing comes through: the other takes its partitions over when
 * its session has ended; the one that was cut off harms nothing when it is back, and takes part again. With
 * `FAULTS_LONG=1` for 40 s too.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CommitWatch, watchCommits } from '../support/commit-watch.ts'
import { expectSettled } from '../support/job-stream.ts'
import { setUp } from '../support/platform.ts'
import { type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import {
  openStage,
  partitionsOf,
  type Stage,
  sharedKafka,
  tell,
  traceClock,
  workerAt,
} from '../support/stage.ts'
import { readMetric } from '../support/status-watch.ts'
import { until } from '../until.ts'

const test = suite('fault: a half-open connection to the broker')
let stage: Stage
let proxy: KafkaProxy
let commits: CommitWatch

setUp(test, async () => {
  proxy = await startKafkaProxy(sharedKafka())
  stage = await openStage({ name: 'halfopen', workers: [{}, { KAFKA_BROKERS: proxy.brokers }] })
  commits = await watchCommits(stage.platform)
})
test.after(async () => {
  await commits?.stop()
  await stage?.close()
  await proxy?.close()
})

/** Both have their half of the four partitions, and all that they have is open. */
const shared = async (limitMs = 15_000): Promise<number> => {
  const since = performance.now()
  await until(
    'both workers own partitions',
    async () => {
      const workers = [0, 1].map((n) => workerAt(stage, n))
      const shares = await Promise.all(workers.map((worker) => partitionsOf(stage, worker)))
      if (shares.some(({ length }) => length !== 2)) return false
      const open = await Promise.all(
        workers.map(({ process }) => readMetric(process.url, 'anomgrd_owned_partitions')),
      )
      const rows = await stage.platform.sql(
        `select 1 from ownership where owner is not null and topic like '%.jobs%'`,
      )
      return open.reduce<number>((sum, count = 0) => sum + count, 0) === rows.length
    },
    limitMs,
  )
  return performance.now() - since
}

/** What of the trace was begun by the worker that was cut off, after `since`, although the other had begun it before. */
const startedLate = (pid: number, since: number): string[] => {
  const runs = stage.stream.runs()
  return runs
    .filter((run) => run.pid === pid && run.start > since)
    .filter(({ id, start }) => runs.some((it) => it.id === id && it.pid !== pid && it.start < start))
    .map(({ name }) => name)
}

const silence = async (silentMs: number): Promise<void> => {
  const [other, cut] = [workerAt(stage, 0), workerAt(stage, 1)]
  await shared()
  const since = performance.now()
  const clock = traceClock()
  await proxy.set('swallow')
  const takenOver = until(
    'the other worker owns all partitions',
    async () => (await partitionsOf(stage, other)).length === 4 && performance.now() - since,
    15_000,
  )
  const [takenOverMs, unready] = await Promise.all([
    takenOver,
    cut.status.unready(since, /^kafka: the group has been silent for \d+ s/, 13_000),
  ])
  await delay(Math.max(0, silentMs - (performance.now() - since)))
  await proxy.set('pass')
  const back = performance.now()
  const rejoinedMs = await shared(15_000)
  const readyMs = await cut.status.ready(back, 15_000)
  assert.equal(startedLate(cut.process.pid, clock), [], 'it starts nothing of what it has lost')
  assert.not(cut.process.hasEnded)
  assert.ok(cut.status.healthy && other.status.healthy)
  const { afterMs: unreadyMs } = unready
  tell(`swallowed for ${silentMs} ms`, { unreadyMs, takenOverMs, rejoinedMs, readyMs })
}

test('15 s of silence: taken over within 15 s, back within 15 s of the network’s return', () =>
  silence(15_000))

test('connections that are silent for ever are made anew within the session: nothing is taken over', async () => {
  const { platform, stream } = stage
  const cut = workerAt(stage, 1)
  await shared()
  const owners = () =>
    platform.sql('select partition, token, owner from ownership where topic = $1 order by 1', [
      platform.topic('jobs'),
    ])
  const before = await owners()
  const since = performance.now()
  proxy.strand()
  await delay(2_000)
  const ids = [...stream.accepted]
  await until(
    'what was submitted meanwhile is recorded',
    async () => {
      const [row] = await platform.sql<{ count: string }>(
        'select count(*) from outcomes where id = any($1::uuid[])',
        [ids],
      )
      return Number(row?.count) === ids.length
    },
    10_000,
  )
  tell('stranded', { recordedMs: performance.now() - since })
  assert.equal(await owners(), before)
  assert.equal(
    cut.status.samples.filter(({ at, ready }) => at > since && ready !== 200),
    [],
  )
})

if (process.env['FAULTS_LONG'] === '1') test('40 s of silence', () => silence(40_000))
else console.log('left out: 40 s of silence (FAULTS_LONG=1 runs it)')

test('afterwards each job has one outcome, in order of its key, recorded by its owner; no commit went back', async () => {
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 20_000)
  assert.equal(commits.backwards, [])
  assert.ok(commits.looks > 100)
  // Each time at most what ran and what was not recorded yet.
  assert.ok(repeats <= 20, `${repeats} repeats`)
  tell('settled', { jobs: outcomes.length, repeats, tookMs })
})

test('the log says what was wrong, in few lines', () => {
  const lines = workerAt(stage, 1).complaints()
  assert.ok(lines.has('another worker has taken the partition over'), [...lines.keys()].join('\n'))
  const total = [...lines.values()].reduce((sum, count) => sum + count, 0)
  assert.ok(total < 40, JSON.stringify([...lines]))
  assert.equal([...workerAt(stage, 0).complaints()], [], 'the other has nothing to complain of')
})

test.run()
