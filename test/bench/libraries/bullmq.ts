/**
 * BullMQ. One process uses one Queue; its worker one Worker with `concurrency`, as its documentation says for jobs that don't keep the processor
 * busy. Finished jobs are kept with their results, which is its default.
 */
import { Queue, QueueEvents, Worker } from 'bullmq'
import type { Library } from './library.ts'

const WAIT_MS = 30_000

export const bullmq: Library = {
  async connect({ redisPort, name }) {
    const connection = { host: '127.0.0.1', port: redisPort }
    const queue = new Queue(name, { connection })
    await queue.waitUntilReady()
    // One that listens is made when somebody first waits: it costs a read of all events.
    let events: QueueEvents | undefined
    return {
      add: (payload) => queue.add('job', payload),
      addMany: (payloads) => queue.addBulk(payloads.map((data) => ({ name: 'job', data }))),
      async addAndWait(payload) {
        events ??= new QueueEvents(name, { connection })
        await events.waitUntilReady()
        const job = await queue.add('job', payload)
        return job.waitUntilFinished(events, WAIT_MS)
      },
      async close() {
        await events?.close()
        await queue.close()
      },
    }
  },
  async work({ redisPort, name }, concurrency, run) {
    const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null }
    const worker = new Worker(name, async (job) => run(job.data), { connection, concurrency })
    await worker.waitUntilReady()
    return { close: () => worker.close() }
  },
}
