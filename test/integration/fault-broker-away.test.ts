/** Kafka refuses the connections of every worker for a while, as when it is being moved. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectSettled } from '../support/job-stream.ts'
import { setUp } from '../support/platform.ts'
import { type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { openStage, type Stage, sharedKafka, tell } from '../support/stage.ts'
import { readMetric } from '../support/status-watch.ts'

const test = suite('fault: the broker is away')
let stage: Stage
let proxy: KafkaProxy

setUp(test, async () => {
  proxy = await startKafkaProxy(sharedKafka())
  const env = { KAFKA_BROKERS: proxy.brokers }
  stage = await openStage({ name: 'away', workers: [env, env] })
})
test.after(async () => {
  await stage?.close()
  await proxy?.close()
})

test('workers live, say within 12 s on /ready and in a metric what is wrong, and are ready 5 s after its return', async () => {
  const { workers } = stage
  const since = performance.now()
  await proxy.set('refuse')
  const unready = await Promise.all(
    workers.map(({ status }) => status.unready(since, /^kafka: the group has been silent for \d+ s/, 12_000)),
  )
  for (const { process } of workers)
    assert.is(await readMetric(process.url, 'anomgrd_check_failing', { of: 'ready', check: 'kafka' }), 1)
  await proxy.set('pass')
  const back = performance.now()
  const ready = await Promise.all(workers.map(({ status }) => status.ready(back, 5_000)))
  for (const { process, status } of workers) {
    assert.not(process.hasEnded)
    assert.ok(status.healthy)
    assert.is(await readMetric(process.url, 'anomgrd_check_failing', { of: 'ready', check: 'kafka' }), 0)
  }
  const unreadyMs = Math.max(...unready.map(({ afterMs }) => afterMs))
  tell('refused', { unreadyMs, readyMs: Math.max(...ready) })
})

test('afterwards each job has one outcome, in order of its key, and all is committed', async () => {
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 10_000)
  assert.ok(repeats <= 20, `${repeats} repeats`)
  tell('settled', { jobs: outcomes.length, repeats, tookMs })
})

test('the log says what was wrong, in few lines', () => {
  for (const worker of stage.workers) {
    const lines = worker.complaints()
    const total = [...lines.values()].reduce((sum, count) => sum + count, 0)
    assert.match([...lines.keys()].join('\n'), 'ECONNREFUSED')
    assert.ok(total < 20, JSON.stringify([...lines]))
  }
})

test.run()
