/**
 * One worker and backlogs of 10^3 … 10^6 no-ops: jobs/s with a durable result, and the most memory the worker took.
 * `node test/bench/backlog.ts [LARGEST]`
 */
import { readFileSync } from 'node:fs'
import kafkajs from 'kafkajs'
import { makeJobId } from '../../core/job-id.ts'
import { encodeRecord, encodeValue } from '../../core/kafka/record.ts'
import { provideServers } from '../runner/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { type Platform, startPlatform } from '../support/platform.ts'
import { until } from '../until.ts'

const PARTITIONS = 24
const LARGEST = Number(process.argv[2] ?? 1_000_000)
const value = encodeValue({ type: 'noop', payload: null })

const workspace = await openWorkspace()
const servers = await provideServers(process.env, workspace.folder, () => {}, new AbortController().signal)
Object.assign(process.env, servers.env)

const produce = async (platform: Platform, jobs: number): Promise<void> => {
  const producer = platform.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const now = Date.now()
  for (let sent = 0; sent < jobs; sent += 1_000) {
    const messages = Array.from({ length: Math.min(1_000, jobs - sent) }, (_, n) => {
      const partition = ((sent / 1_000) * 7 + Math.floor(n / 100)) % PARTITIONS
      const id = makeJobId({ submittedAt: now, partition, epoch: 0 })
      const about = { type: 'noop', key: undefined, value, timestamp: now, traceparent: undefined }
      return encodeRecord({ id, partition, ...about })
    })
    await producer.send({ topic: platform.topic('jobs'), acks: -1, messages })
  }
  await producer.disconnect()
}

const residentMb = (pid: number): number => {
  const [, kb = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kb) / 1024
}

const measure = async (jobs: number): Promise<void> => {
  const platform = await startPlatform('backlog', { PARTITIONS: String(PARTITIONS), LOG_LEVEL: 'warn' })
  try {
    await produce(platform, jobs)
    const worker = await platform.worker({
      NODE_OPTIONS: '--max-old-space-size=192 --max-semi-space-size=8',
    })
    const began = performance.now()
    let most = 0
    const done = async (): Promise<boolean> => {
      most = Math.max(most, residentMb(worker.pid))
      const metrics = await (await fetch(`${worker.url}/metrics`)).text()
      const [, count = '0'] = /anomgrd_jobs_finished_total\{[^}]*type="noop"[^}]*\} (\d+)/.exec(metrics) ?? []
      return Number(count) >= jobs
    }
    await until(`${jobs} jobs are done`, done, 600_000)
    const rate = Math.round((jobs * 1000) / (performance.now() - began))
    console.log(
      `${String(jobs).padStart(8)} jobs  ${String(rate).padStart(6)} jobs/s  ${Math.round(most)} MB at most`,
    )
  } finally {
    await platform.stop()
  }
}

try {
  for (let jobs = 1_000; jobs <= LARGEST; jobs *= 10) await measure(jobs)
} finally {
  await servers.stop()
  await workspace.close()
}
process.exit()
