/**
 * pg-boss: `localConcurrency` pollers as many as jobs may run at once, each of which fetches a batch and goes on without a pause while batches
 * are full; where it is to be swift NOTIFY wakes them, else commits need not wait for one another. Finished jobs are kept with their output, which is its default.
 */
import { PgBoss } from 'pg-boss'
import type { BenchPayload, Library, Place } from './library.ts'

const QUEUE = 'bench'
/** Jobs a fetch; its default of one is for jobs that take long. */
const BATCH = 200

/** Connections of who adds: commits of many are written together. */
const CONNECTIONS = 32

const open = async ({ databaseUrl, name, swift }: Place, listens: boolean): Promise<PgBoss> => {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    schema: name,
    max: listens ? 10 : CONNECTIONS,
    schedule: false,
    useListenNotify: listens && swift,
  })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue(QUEUE, { notify: swift })
  return boss
}

export const pgBoss: Library = {
  async connect(place) {
    const boss = await open(place, false)
    return {
      add: (payload) => boss.send(QUEUE, payload),
      addMany: (payloads) =>
        boss.insert(
          QUEUE,
          payloads.map((data) => ({ data })),
        ),
      close: () => boss.stop({ graceful: false }),
    }
  },
  async work(place, concurrency, run) {
    const boss = await open(place, true)
    const options = {
      localConcurrency: concurrency,
      batchSize: BATCH,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: 0.5,
    }
    // A batch's jobs run one after the other: never more at once than pollers.
    await boss.work(QUEUE, options, async (jobs: { data: BenchPayload }[]) => {
      for (const { data } of jobs) await run(data)
      return null
    })
    return { close: () => boss.stop({ graceful: true, timeout: 5_000 }) }
  },
}
