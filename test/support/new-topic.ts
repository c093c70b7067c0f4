/** A topic that every partition's leader answers for. */
import type { Admin, ITopicConfig } from 'kafkajs'
import { isRetriable } from '../../core/kafka/client.ts'
import { whilePassing } from '../../core/retry.ts'

/**
 * Makes a topic and waits for its leaders. A broker tells that it leads a partition before it does (`waitForLeaders` asks no
 * more than that): a send before then is refused for some partitions, and kafkajs sends the whole request again, also what the
 * others have taken.
 */
export const createTopic = async (admin: Admin, config: ITopicConfig): Promise<void> => {
  await admin.createTopics({ topics: [config], waitForLeaders: true })
  await whilePassing(() => admin.fetchTopicOffsets(config.topic), isRetriable, 20_000)
}
