import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import { encodeRecord, encodeValue } from '../../core/kafka/record.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
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
  const producer = platform.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const timestamp = Date.now()
  const value = encodeValue({ type: 'noop', payload: null })
  for (let sent = 0; sent < JOBS; sent += 1_000) {
    const messages = Array.from({ length: 1_000 }, (_, n) => {
      const partition = (sent / 1_000 + Math.floor(n / 100)) % PARTITIONS
      const id = makeJobId({ submittedAt: timestamp, partition, epoch: 0 })
      const about = { type: 'noop', key: undefined, value, timestamp, traceparent: undefined }
      return encodeRecord({ id, partition, ...about })
    })
    await producer.send({ topic: platform.topic('jobs'), acks: -1, messages })
  }
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
    const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8')) ?? []
    const mb = Math.round(Number(kb) / 1024)
    assert.ok(mb < MAX_MB, `${mb} MB at most`)
  } finally {
    const gone = new Promise((resolve) => worker.once('exit', resolve))
    worker.kill('SIGTERM')
    await gone
  }
  assert.is(worker.exitCode, 0)
})

test.run()
