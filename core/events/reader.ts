import { randomUUID } from 'node:crypto'
import type { Admin, Consumer, Kafka } from '../kafka/client.ts'
import { REBALANCE_TIMEOUT_MS } from '../kafka/connections.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type FleetEvent, fleetEvent } from './event.ts'

/** How far back a master that starts reads: enough to know the last decisions. */
const REPLAY_MS = 600_000

/** Reads every event of the fleet, in a consumer group of its own that never commits (and so leaves nothing behind). */
export const readEvents = async (
  kafka: Kafka,
  admin: Admin,
  topic: string,
  log: Logger,
  onEvent: (event: FleetEvent) => void,
): Promise<Consumer> => {
  const consumer = kafka.consumer({
    groupId: `${topic}-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    sessionTimeout: 10_000,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    heartbeatInterval: 2_000,
    allowAutoTopicCreation: false,
    retry: { retries: Number.MAX_SAFE_INTEGER, maxRetryTime: 2_000 },
  })
  const from = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() - REPLAY_MS)
  await consumer.connect()
  await consumer.subscribe({ topic })
  const joined = new Promise<void>((resolve) => {
    const off = consumer.on(consumer.events.GROUP_JOIN, () => {
      off()
      resolve()
    })
  })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      try {
        const parsed = fleetEvent.safeParse(JSON.parse(message.value?.toString() ?? 'null'))
        if (parsed.success) onEvent(parsed.data)
        else log.debug({ offset: message.offset }, 'an event of an unknown kind')
      } catch (error) {
        log.warn({ err: error, offset: message.offset }, 'an event can’t be read')
      }
    },
  })
  for (const { partition, offset } of from) consumer.seek({ topic, partition, offset })
  await joined
  return consumer
}
