/** Reads what a run has left in the stores, with clients of the test's own. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kafka, KafkaMessage } from 'kafkajs'
import type pg from 'pg'
import { z } from 'zod'
import { readTopic, type TopicRecord } from '../support/log.ts'
import type { DeadCopy, LogEntry, OutcomeRow, PartitionState, Run, Stamp } from './evidence.ts'

/** Header of the records that are no jobs, made by the test. */
export const POISON_HEADER = 'chaos-poison'

const withAdmin = async <T>(
  kafka: Kafka,
  ask: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
): Promise<T> => {
  const admin = kafka.admin()
  await admin.connect()
  return ask(admin).finally(() => admin.disconnect())
}

/** Where the group stands in each partition of the topic. */
export const readPartitions = (kafka: Kafka, topic: string, groupId: string): Promise<PartitionState[]> =>
  withAdmin(kafka, async (admin) => {
    const [ends, [group]] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ])
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    return ends
      .map(({ partition, high }) => ({
        partition,
        committed: committed.get(partition) ?? -1,
        end: Number(high),
      }))
      .sort((a, b) => a.partition - b.partition)
  })

const READ_LIMIT_MS = 120_000

/** Every record that the topic holds now, by partition and offset. */
const readOnce = async (kafka: Kafka, topic: string): Promise<TopicRecord[]> => {
  const order = new Map<string, TopicRecord>()
  // A reader, too, may be given a record twice.
  for (const record of await readTopic(kafka, topic, READ_LIMIT_MS))
    order.set(`${record.partition}:${record.message.offset}`, record)
  return [...order.values()].sort(
    (a, b) => a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset),
  )
}

const header = ({ headers }: KafkaMessage, name: string): string | undefined => headers?.[name]?.toString()

export const readJobs = async (kafka: Kafka, topic: string): Promise<LogEntry[]> =>
  (await readOnce(kafka, topic)).map(({ partition, message }) => ({
    partition,
    offset: Number(message.offset),
    key: message.key?.toString(),
    value: message.value?.toString(),
    id: header(message, 'id'),
    poison: header(message, POISON_HEADER),
  }))

export const readDead = async (kafka: Kafka, topic: string): Promise<DeadCopy[]> =>
  (await readOnce(kafka, topic)).map(({ message }) => ({
    partition: Number(header(message, 'dead-partition') ?? -1),
    offset: Number(header(message, 'dead-offset') ?? -1),
    value: message.value?.toString(),
  }))

const stamp = z.object({ id: z.string(), run: z.string(), pid: z.int(), start: z.number(), end: z.number() })
const attempts = z.array(z.object({ attempt: z.int(), error: z.object({ message: z.string() }).optional() }))

const stampOf = (value: unknown): Stamp[] => {
  try {
    const parsed = stamp.safeParse(typeof value === 'string' ? JSON.parse(value) : value)
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}

interface Row {
  readonly id: string
  readonly key: string | null
  readonly status: string
  readonly partition: number
  readonly offset: string
  readonly worker: string
  readonly attempts: unknown
  readonly result: unknown
}

export const readOutcomes = async (pool: pg.Pool): Promise<OutcomeRow[]> => {
  const { rows } = await pool.query<Row>(
    `select id::text, key, status, partition, "offset"::text, worker, attempts, result from outcomes order by id`,
  )
  return rows.map(({ key, offset, attempts: made, result, ...row }) => {
    const each = attempts.parse(made)
    return {
      ...row,
      key: key ?? undefined,
      offset: Number(offset),
      attempts: each.map(({ attempt }) => attempt),
      stamps: [
        ...each.flatMap(({ error }) => (error === undefined ? [] : stampOf(error.message))),
        ...stampOf(result),
      ],
    }
  })
}

/** The lines that the handler has written, as runs. */
export const parseRuns = (text: string): Run[] => {
  const runs = new Map<string, Run>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const parsed = JSON.parse(line) as Run
    const { run, end, how } = parsed
    const started = runs.get(run)
    runs.set(run, started ? { ...started, end, how } : { ...parsed, end: undefined, how: undefined })
  }
  return [...runs.values()]
}

/** A file is one process's: a number of a run is used again only by another process of the same pid. */
export const readRuns = (folder: string): Run[] =>
  readdirSync(folder).flatMap((file) => parseRuns(readFileSync(join(folder, file), 'utf8')))
