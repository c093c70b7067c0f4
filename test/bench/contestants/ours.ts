/** The product as it is delivered: one master, workers as told, its default settings. */
import { fileURLToPath } from 'node:url'
import { leanEnv, leanFlags } from '../../../core/lean.ts'
import about from '../../../package.json' with { type: 'json' }
import { connectProducer, produceJobs } from '../../support/log-jobs.ts'
import { startPlatform } from '../../support/platform.ts'
import type { Contestant } from './contestant.ts'

const handlers = fileURLToPath(new URL('../handlers', import.meta.url))

/** A job that says nothing is a no-op; else it is the one of `handlers`. */
const typeOf = (payload: object): string => ('due' in payload || 'ms' in payload ? 'bench' : 'noop')

export const ours: Contestant = {
  name: 'ours',
  about: `AnomalyGuard ${about.version}, defaults (acks=all, one broker; results in PostgreSQL before the commit)`,
  async open({ brokers, databaseUrl }, { partitions, concurrency, stamps }) {
    const platform = await startPlatform('bench', {
      KAFKA_BROKERS: brokers,
      DATABASE_URL: databaseUrl,
      DATABASE_POOL: '8',
      PARTITIONS: String(partitions),
      MAX_PARALLEL_JOBS: String(concurrency),
      HANDLERS: handlers,
      LOG_LEVEL: 'info',
      ...leanEnv,
      // As everybody starts it. For profiles: `OURS_NODE_OPTIONS="--cpu-prof --cpu-prof-dir=…"`.
      NODE_OPTIONS: [...leanFlags, process.env['OURS_NODE_OPTIONS'] ?? ''].join(' ').trim(),
      ...(stamps === undefined ? {} : { BENCH_STAMPS: stamps }),
    })
    const producer = await connectProducer(platform.kafka)
    return {
      server: () => platform.master(),
      request: (payload, { waits = false } = {}) => ({
        path: '/api/jobs',
        body: JSON.stringify({ type: typeOf(payload), payload }),
        headers: waits ? { prefer: 'wait=30' } : {},
      }),
      fill: (jobs, payload, key) =>
        produceJobs(producer, {
          topic: platform.topic('jobs'),
          partitions,
          type: typeOf(payload),
          jobs,
          payload,
          key,
        }),
      worker: () => platform.worker(),
      async done() {
        const [row] = await platform.sql<{ count: string }>('select count(*) from outcomes')
        return Number(row?.count)
      },
      async clear() {
        await platform.sql('truncate outcomes')
      },
      async close() {
        await producer.disconnect()
        await platform.stop()
      },
    }
  },
}
