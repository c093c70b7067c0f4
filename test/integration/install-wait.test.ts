/** Everything is started at once, in any order: workers wait for the installation, and that for its servers. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { startKafkaProxy } from '../support/proxy.ts'
import { freePort, sharedKafka } from '../support/stage.ts'
import { complaints, watchStatus } from '../support/status-watch.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../until.ts'

const test = suite('the installation comes late')
let platform: Platform
setUp(test, async () => {
  platform = await startPlatform('late', { PARTITIONS: '3' })
})
test.after(() => platform?.stop())

test('a worker that is there before the tables and topics waits, says for what, and begins by itself', async () => {
  const own = { TOPIC_PREFIX: `${platform.prefix}own`, DATABASE_SCHEMA: `${platform.prefix}own` }
  const port = await freePort()
  const since = performance.now()
  const starting = platform.worker({ PORT: String(port), ...own })
  const status = watchStatus(`http://127.0.0.1:${port}`)
  try {
    await status.unready(since, /waiting for the installation: the database lacks the migration 1_/, 15_000)
    // Tables first: the topics are still missing.
    const kafka = await startKafkaProxy(sharedKafka())
    await kafka.set('refuse')
    await platform.install({ ...own, KAFKA_BROKERS: kafka.brokers }).then(
      () => assert.unreachable('it can’t succeed without Kafka'),
      () => {},
    )
    await kafka.close()
    await status.unready(performance.now(), /waiting for the installation: there is no topic/, 15_000)
    await platform.install(own)
    const worker = await starting
    assert.ok(status.healthy)
    const said = [...complaints(worker.output()).values()].reduce((sum, count) => sum + count, 0)
    assert.ok(said > 0 && said < 10, worker.output())
    const master = await platform.master(own)
    assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
    await Promise.all([worker.stop(), master.stop()])
  } finally {
    status.stop()
    await platform.sql(`drop schema if exists ${own.DATABASE_SCHEMA} cascade`)
  }
})

test('the installation waits for servers that are not there yet, as long as it is told to', async () => {
  const [kafka, postgres] = await Promise.all([
    startKafkaProxy(sharedKafka()),
    startTcpProxy(process.env['DATABASE_URL'] ?? ''),
  ])
  const away = {
    KAFKA_BROKERS: kafka.brokers,
    DATABASE_URL: postgres.through(process.env['DATABASE_URL'] ?? ''),
  }
  try {
    await postgres.set('refuse')
    const refused = await platform.install(away).then(
      () => 'it succeeded',
      (error: Error) => error.message,
    )
    assert.match(refused, 'ended with code 1')
    const before = kafka.connections
    const waiting = platform.install({ ...away, INSTALL_WAIT_MS: '60000' })
    // A first failure would end it here, as it did above.
    await Promise.race([until('it is under way', () => kafka.connections > before, 30_000), waiting])
    await postgres.set('pass')
    assert.match(await waiting, '"msg":"installed"')
  } finally {
    await Promise.all([kafka.close(), postgres.close()])
  }
})

test.run()
