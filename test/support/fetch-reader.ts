/** A consumer whose fetches are ours, which notes what it gets, and what is wrong with how it comes. */
import { randomUUID } from 'node:crypto'
import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs'
import { fetchConsumer, recordsOf } from '../../core/kafka/fetch.ts'
import { drain } from '../fixtures/messages.ts'
import { until } from '../until.ts'

export interface Reader {
  readonly consumer: Consumer
  /** Values by `topic/partition`, in the order in which they came. */
  readonly got: ReadonlyMap<string, readonly string[]>
  /** The offset after all that came. */
  readonly positions: ReadonlyMap<string, number>
  /** What came more than once, or not in its turn, and why the consumer began anew. */
  readonly faults: readonly string[]
  /** From an offset on all is to come, whatever has. */
  seek(topic: string, partition: number, offset: number): void
}

/** A broker that has just started refuses members of a group until it has loaded what it keeps of it. */
const untilLoaded = async (by: Kafka, groupId: string, topics: readonly string[]): Promise<void> => {
  const admin = by.admin()
  await admin.connect()
  const isLoaded = () =>
    admin.fetchOffsets({ groupId, topics: [...topics] }).then(
      () => true,
      () => false,
    )
  await until(`${groupId} can be joined`, isLoaded).finally(() => admin.disconnect())
}

/** Joins a group of its own and reads topics from their beginning, on and on. Resolves when it has joined. */
export const startReader = async (
  by: Kafka,
  from: readonly string[],
  config: Partial<ConsumerConfig> = {},
): Promise<Reader> => {
  const groupId = `${from[0]}-${randomUUID()}`
  await untilLoaded(by, groupId, from)
  const consumer = fetchConsumer(by, {
    groupId,
    maxWaitTimeInMs: 50,
    heartbeatInterval: 300,
    // A member that has begun anew waits for the end of what it was before.
    sessionTimeout: 6_000,
    rebalanceTimeout: 6_000,
    allowAutoTopicCreation: false,
    ...config,
  })
  const got = new Map<string, string[]>()
  const positions = new Map<string, number>()
  const faults: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: [...from], fromBeginning: true })
  /** Partitions whose next batch may begin elsewhere than the last one ended. */
  const moved = new Set<string>()
  const joined = new Promise<void>((resolve) =>
    consumer.on(consumer.events.GROUP_JOIN, () => {
      // Nothing was committed: who begins anew begins at the beginning.
      for (const name of positions.keys()) moved.add(name)
      resolve()
    }),
  )
  consumer.on(consumer.events.CRASH, ({ payload }) => faults.push(`crash: ${payload.error}`))
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch, resolveOffset }) => {
      const name = `${batch.topic}/${batch.partition}`
      const begin = 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : -1
      const position = positions.get(name) ?? 0
      if (begin === position) moved.delete(name)
      else if (!moved.has(name)) faults.push(`${name} from ${begin}, not ${position}`)
      // Fetched before it was sought back.
      if (begin > position) return
      const records = recordsOf(batch.messages)
      records.skipTo(position)
      const its = got.get(name) ?? []
      got.set(name, its)
      for (const { offset, record } of drain(records)) {
        if (offset < (positions.get(name) ?? 0)) faults.push(`${name} ${offset} is not in its turn`)
        positions.set(name, offset + 1)
        its.push(String(record.value))
      }
      positions.set(name, Math.max(position, Number(batch.lastOffset()) + 1))
      resolveOffset(batch.lastOffset())
    },
  })
  await joined
  return {
    consumer,
    got,
    positions,
    faults,
    seek(topic, partition, offset) {
      const name = `${topic}/${partition}`
      positions.set(name, offset)
      moved.add(name)
      consumer.seek({ topic, partition, offset: String(offset) })
    },
  }
}

/** Where connections break kafkajs may begin anew. */
export const withoutCrashes = ({ faults }: Reader): string[] => faults.filter((it) => !it.startsWith('crash'))
