/**
 * What a scaler looks at, whatever it scales: lag and rates from Kafka, due parked jobs from PostgreSQL, what workers tell. It also
 * has the way back, on which masters hear of decisions.
 */
import type { Config } from '../../core/config.ts'
import { AppError, toError } from '../../core/errors.ts'
import { EventPublisher } from '../../core/events/publisher.ts'
import { readEvents } from '../../core/events/reader.ts'
import { createKafka } from '../../core/kafka/client.ts'
import { ofTopic } from '../../core/kafka/lag.ts'
import { LagMonitor } from '../../core/kafka/lag-monitor.ts'
import { topicNames } from '../../core/kafka/topics.ts'
import { untilDone } from '../../core/retry.ts'
import { openDatabase } from '../../core/store/database.ts'
import { ParkedMonitor } from '../../core/store/parked-monitor.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Observation } from '../policy/policy.ts'
import { WorkloadMonitor } from './workload.ts'

/** A reading older than this is no ground for a decision, ms: as the HPA, do nothing without a metric. */
export const MAX_AGE_MS = 10_000
/** How long counting parked jobs may take, ms. */
const COUNT_LIMIT_MS = 5_000

export interface Sources {
  readonly events: Pick<EventPublisher, 'publish'>
  /** Of one jobs topic; the others have as many. */
  readonly partitions: number
  readonly workload: WorkloadMonitor
  /** How long workers have been listened to, ms. */
  listenedMs(): number
  /** Undefined: there is no database to count parked jobs in. */
  readonly parked: ParkedMonitor | undefined
  /** What is seen of a fleet of this size; undefined: Kafka did not say anything lately. */
  observe(fleet: Pick<Observation, 'replicas' | 'ready'>): Observation | undefined
  /** What of it can't be seen now, in words; undefined: all can. */
  blindness(): string | undefined
  /** Said with readiness: what goes on with less. */
  parkedWarning(): string | undefined
  /** How old the oldest part of an observation is, ms. */
  ageMs(): number
  close(): Promise<void>
}

/**
 * Opens all of them. Neither PostgreSQL nor what workers tell is waited for: jobs can be counted in the log without them.
 * @throws AppError KAFKA_UNAVAILABLE, or what kafkajs throws, with nothing left open
 */
export const openSources = async (config: Config, log: Logger): Promise<Sources> => {
  const closers: (() => Promise<unknown> | unknown)[] = []
  const close = async (): Promise<void> => {
    for (const it of closers.splice(0).reverse()) await it()
  }
  try {
    return { ...(await open(config, log, (it) => closers.push(it))), close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

const open = async (
  config: Config,
  log: Logger,
  onClose: (close: () => Promise<unknown> | unknown) => void,
): Promise<Omit<Sources, 'close'>> => {
  const names = topicNames(config.kafka.prefix)
  const kafka = createKafka(config.kafka, config.nodeId, log)
  const events = new EventPublisher(kafka, names.events, log)
  onClose(() => events.stop())
  const admin = kafka.admin()
  onClose(() => admin.disconnect())
  await Promise.all([events.connect(), admin.connect()])
  const lag = new LagMonitor(admin, names.slaves, names.byPriority, log)
  onClose(() => lag.stop())
  await lag.start()
  if (lag.latest === undefined) throw new AppError('KAFKA_UNAVAILABLE', `lag of ${names.jobs} can’t be read`)
  const partitions = ofTopic(lag.latest, names.jobs).partitions.length
  const parked = countParkedJobs(config, names.byPriority, log, onClose)
  const workload = new WorkloadMonitor()
  const closing = new AbortController()
  const listen = () => readEvents(kafka, admin, names.events, log, (event) => workload.apply(event))
  let listenedAt: number | undefined
  const reader = untilDone(listen, 'what workers tell can’t be read', log, closing.signal)
  void reader.then(() => {
    listenedAt = Date.now()
  })
  onClose(() => {
    closing.abort()
    // One that has not joined yet goes with the process.
    return listenedAt === undefined ? undefined : reader.then((it) => it?.disconnect())
  })

  return {
    events,
    partitions,
    workload,
    listenedMs: () => (listenedAt === undefined ? 0 : Date.now() - listenedAt),
    parked,
    observe(fleet) {
      // Without workers a decision is made four times a second: the next one is to see what has come in by then.
      if (fleet.replicas === 0) void lag.refresh()
      const at = Date.now()
      const reading = lag.latest
      if (!reading || at - reading.at >= MAX_AGE_MS) return undefined
      const dueJobs = parked ? (parked.fresh?.due ?? ('unknown' as const)) : undefined
      return {
        at,
        partitions: reading.partitions,
        ...(dueJobs === undefined ? {} : { dueJobs }),
        ...lag.rates,
        workload: workload.workload(config.window.concurrency),
        ...fleet,
      }
    },
    blindness() {
      if (!lag.latest || Date.now() - lag.latest.at >= MAX_AGE_MS)
        return `the jobs that wait in Kafka can’t be counted${because(lag.failure)}`
      if (parked && !parked.fresh)
        return `the parked jobs that are due can’t be counted${because(parked.failure)}`
      return undefined
    },
    parkedWarning() {
      if (!parked) return 'DATABASE_URL is not set: the fleet follows Kafka’s lag alone'
      if (parked.fresh || parked.failure === undefined) return undefined
      return `due parked jobs can’t be counted, so the fleet does not shrink${because(parked.failure)}`
    },
    ageMs: () =>
      Date.now() -
      Math.min(lag.latest?.at ?? 0, parked ? (parked.latest?.at ?? 0) : Number.POSITIVE_INFINITY),
  }
}

const because = (failure: unknown): string => (failure === undefined ? '' : `: ${toError(failure).message}`)

/** Counts parked jobs, where there is a database. Started without waiting for it. */
const countParkedJobs = (
  config: Config,
  topics: readonly string[],
  log: Logger,
  onClose: (close: () => Promise<unknown> | unknown) => void,
): ParkedMonitor | undefined => {
  if (config.database.url === undefined) {
    log.warn('DATABASE_URL is not set: due parked jobs are not counted')
    return undefined
  }
  const db = openDatabase({ ...config.database, pool: 1 }, config.nodeId, log, COUNT_LIMIT_MS)
  const parked = new ParkedMonitor(db, topics, log)
  void parked.start()
  onClose(() => {
    parked.stop()
    return db.close()
  })
  return parked
}
