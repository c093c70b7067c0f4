import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectProducer, produceJobs } from '../support/log-jobs.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { peakMb } from '../support/usage.ts'
import { until } from '../until.ts'

const test = suite('memory of a worker')
const PARTITIONS = 24
const JOBS = 20_000
/**
 * Measured: 153 MB, 176 where nothing is in the cache of compiled code yet. Without bounds it was 360 at this number of jobs, and more
 * with more of them.
 */
const MAX_MB = 220

let platform: Platform
setUp(test, async () => {
  platform = await startPlatform('memory', { PARTITIONS: String(PARTITIONS) })
})
test.after(() => platform.stop())

const produce = async (): Promise<void> => {
  const producer = await connectProducer(platform.kafka)
  await produceJobs(producer, {
    topic: platform.topic('jobs'),
    partitions: PARTITIONS,
    type: 'noop',
    jobs: JOBS,
    payload: null,
  })
  await producer.disconnect()
}

/** As a user starts it: no flag, no channel to a parent. */
const startPlainly = (): ChildProcess => {
  const { NODE_OPTIONS: _given, ...env } = process.env
  return spawn(process.execPath, [fileURLToPath(new URL('../../consumer/main.ts', import.meta.url))], {
    env: {
      ...env,
      DATABASE_SCHEMA: platform.prefix,
      TOPIC_PREFIX: platform.prefix,
      PARTITIONS: String(PARTITIONS),
      PORT: '0',
      LOG_LEVEL: 'warn',
      NODE_ID: 'plain',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

test(`a worker that was started as plain node consumer/main.ts takes less than ${MAX_MB} MB, however much waits`, async () => {
  await produce()
  const worker = startPlainly()
  try {
    const done = async (): Promise<boolean> => {
      const [row] = await platform.sql<{ done: string }>('select count(*) as done from outcomes')
      return Number(row?.done) >= JOBS
    }
    await until(`${JOBS} jobs are done`, done, 120_000)
    assert.type(worker.pid, 'number')
    const mb = Math.round(peakMb(worker.pid ?? 0))
    assert.ok(mb < MAX_MB, `${mb} MB at most`)
  } finally {
    const gone = new Promise((resolve) => worker.once('exit', resolve))
    worker.kill('SIGTERM')
    await gone
  }
  assert.is(worker.exitCode, 0)
})

test.run()
