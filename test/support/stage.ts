/** What a fault happens to: an installation with a master, a steady stream of jobs, and workers that are watched. */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Kafka } from 'kafkajs'
import type { Test } from 'uvu'
import { stablePorts } from '../../local/ports.ts'
import { until } from '../until.ts'
import { type JobStream, noteOwners, type StreamOptions, startStream } from './job-stream.ts'
import { type Platform, startPlatform } from './platform.ts'
import type { Env, RunningProcess } from './process.ts'
import { complaints, type StatusWatch, watchStatus } from './status-watch.ts'

/** A client of the run's Kafka, before there is a platform. */
export const sharedKafka = (): Kafka =>
  new kafkajs.Kafka({
    brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  })

export interface StageWorker {
  readonly id: string
  readonly process: RunningProcess
  readonly status: StatusWatch
  /** Lines of its log from `warn` up, by message. */
  complaints(): Map<string, number>
}

export interface Stage {
  readonly platform: Platform
  readonly stream: JobStream
  readonly workers: readonly StageWorker[]
  close(): Promise<void>
}

export interface StageOptions {
  /** Lower case letters and digits. */
  readonly name: string
  /** Holds for all processes. */
  readonly env?: Env
  /** A worker each, with what differs for it. */
  readonly workers: readonly Env[]
  readonly stream?: StreamOptions
}

/** Workers are ready and jobs are under way when it resolves. Workers are called `a`, `b`, …. */
export const openStage = async ({
  name,
  env = {},
  workers,
  stream: jobs = {},
}: StageOptions): Promise<Stage> => {
  const platform = await startPlatform(name, env)
  const started: StageWorker[] = []
  let stream: JobStream | undefined
  const close = async (): Promise<void> => {
    for (const { status } of started) status.stop()
    stream?.close()
    await platform.stop()
  }
  try {
    await noteOwners(platform)
    const [master, ...processes] = await Promise.all([
      platform.master(),
      ...workers.map((own, n) => platform.worker({ NODE_ID: String.fromCharCode(97 + n), ...own })),
    ])
    for (const [n, process] of processes.entries()) {
      started.push({
        id: String.fromCharCode(97 + n),
        process,
        status: watchStatus(process.url),
        complaints: () => complaints(process.output()),
      })
    }
    stream = startStream(master.url, jobs)
    return { platform, stream, workers: started, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The worker of this place, by the order in which they were asked for. */
export const workerAt = ({ workers }: Stage, n: number): StageWorker => {
  const worker = workers[n]
  if (!worker) throw new Error(`there is no worker ${n}`)
  return worker
}

/** Waits until what was accepted so far is recorded. */
export const caughtUp = async ({ platform, stream }: Stage, limitMs: number): Promise<void> => {
  const ids = [...stream.accepted]
  await until(
    'all that was accepted is recorded',
    async () =>
      (await platform.sql('select 1 from outcomes where id = any($1::uuid[])', [ids])).length === ids.length,
    limitMs,
  )
}

/** Milliseconds by the clock of the jobs' traces. */
export const traceClock = (): number => Number(process.hrtime.bigint()) / 1e6

/** The partitions whose row this worker has in PostgreSQL. */
export const partitionsOf = async ({ platform }: Stage, { id }: StageWorker): Promise<number[]> =>
  (
    await platform.sql<{ partition: number }>(
      `select partition from ownership where topic = $1 and owner like $2 || '/%' order by partition`,
      [platform.topic('jobs'), id],
    )
  ).map(({ partition }) => partition)

/** For a process that is to be asked before it says where it serves. */
export const freePort = async (): Promise<number> => {
  const { port } = await stablePorts(join(tmpdir(), `port-${randomUUID()}`), ['port'])
  return port
}

/** A line of what was measured, for whoever reads the output. */
export const tell = (what: string, numbers: Readonly<Record<string, number | string>>): void =>
  console.log(
    `${what}: ${Object.entries(numbers)
      .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`)
      .join(', ')}`,
  )

/** Tests of one suite that mostly wait: all are begun before the first is asked for its verdict. */
export const atOnce = (test: Test, cases: Readonly<Record<string, () => Promise<void>>>): void => {
  const running = new Map<string, Promise<void>>()
  test.before(async () => {
    for (const [name, run] of Object.entries(cases)) {
      const result = run()
      // Its test says it.
      result.catch(() => {})
      running.set(name, result)
    }
  })
  for (const name of Object.keys(cases)) test(name, async () => await running.get(name))
}
