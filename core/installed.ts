/** Whether the installation (`core/install.ts`) is done: whoever starts beside it waits for that. */
import { AppError } from './errors.ts'
import type { Kafka } from './kafka/client.ts'
import { unseeded } from './kafka/topics.ts'
import type { Database } from './store/database.ts'
import { missingMigrations } from './store/migrate.ts'

/**
 * Resolves where the tables are up to date, and the topics are there and the group has an offset in each partition: without one
 * it would begin wherever the client likes.
 * @throws AppError SETUP_FAILED with what is lacking
 */
export const checkInstalled = async (
  db: Database,
  kafka: Kafka,
  groupId: string,
  topics: readonly string[],
): Promise<void> => {
  const lacks = (what: string): AppError => new AppError('SETUP_FAILED', what, { retryable: true })
  const [migration] = await missingMigrations(db)
  if (migration !== undefined) throw lacks(`the database lacks the migration ${migration}`)
  const admin = kafka.admin()
  try {
    await admin.connect()
    const present = new Set(await admin.listTopics())
    const absent = topics.find((topic) => !present.has(topic))
    if (absent !== undefined) throw lacks(`there is no topic ${absent}`)
    const [partition] = await unseeded(admin, groupId, topics)
    if (partition) throw lacks(`${groupId} has no offset in ${partition.topic}/${partition.partition}`)
  } finally {
    await admin.disconnect()
  }
}
