/** A worker that starts while what it needs is away: it waits, says for what, and begins by itself. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { Env, RunningProcess } from '../support/process.ts'
import { type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { atOnce, freePort, sharedKafka, tell } from '../support/stage.ts'
import { complaints, type StatusWatch, watchStatus } from '../support/status-watch.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const test = suite('fault: a start while something is away')
let platform: Platform
let master: RunningProcess
const kafka: KafkaProxy[] = []
const postgres: TcpProxy[] = []
const watches: StatusWatch[] = []
const url = process.env['DATABASE_URL'] ?? ''

setUp(test, async () => {
  platform = await startPlatform('start')
  master = await platform.master()
})

const kafkaProxy = async (): Promise<KafkaProxy> => {
  const proxy = await startKafkaProxy(sharedKafka())
  kafka.push(proxy)
  return proxy
}
const postgresProxy = async (): Promise<TcpProxy> => {
  const proxy = await startTcpProxy(url)
  postgres.push(proxy)
  return proxy
}

/** Starts one, waits for its `/ready` to say so, mends what is away, and waits for it to be ready. */
const startWithout = async (what: string, env: Env, reason: RegExp, mend: () => Promise<void>) => {
  const port = await freePort()
  const since = performance.now()
  const starting = platform.worker({ PORT: String(port), ...env })
  const status = watchStatus(`http://127.0.0.1:${port}`)
  watches.push(status)
  const { afterMs, why } = await status.unready(since, reason, 25_000)
  await mend()
  const mended = performance.now()
  const worker = await starting
  const readyMs = await status.ready(mended, 5_000)
  assert.ok(status.healthy)
  const total = [...complaints(worker.output()).values()].reduce((sum, count) => sum + count, 0)
  assert.ok(total > 0 && total < 10, worker.output())
  tell(what, { saidMs: afterMs, why, readyMs, startedMs: performance.now() - mended })
}

atOnce(test, {
  'Kafka refuses connections': async () => {
    const proxy = await kafkaProxy()
    await proxy.set('refuse')
    await startWithout(
      'no Kafka',
      { KAFKA_BROKERS: proxy.brokers },
      /start: waiting for Kafka: .*ECONNREFUSED/,
      () => proxy.set('pass'),
    )
  },
  'Kafka is silent': async () => {
    const proxy = await kafkaProxy()
    await proxy.set('swallow')
    await startWithout('silent Kafka', { KAFKA_BROKERS: proxy.brokers }, /start: waiting for Kafka/, () =>
      proxy.set('pass'),
    )
  },
  'PostgreSQL refuses connections': async () => {
    const proxy = await postgresProxy()
    await proxy.set('refuse')
    const env = { DATABASE_URL: proxy.through(url) }
    await startWithout('no PostgreSQL', env, /start: waiting for PostgreSQL: .*ECONNREFUSED/, () =>
      proxy.set('pass'),
    )
  },
  'PostgreSQL is silent': async () => {
    const proxy = await postgresProxy()
    await proxy.set('swallow')
    const env = { DATABASE_URL: proxy.through(url) }
    await startWithout('silent PostgreSQL', env, /start: waiting for PostgreSQL: .*time/, () =>
      proxy.set('pass'),
    )
  },
})

test('afterwards they work', async () => {
  assert.is((await runJob(master.url, { type: 'noop' })).status, 'succeeded')
})

test.after(async () => {
  for (const watch of watches) watch.stop()
  await platform?.stop()
  await Promise.all([...kafka, ...postgres].map((proxy) => proxy.close()))
})

test.run()
