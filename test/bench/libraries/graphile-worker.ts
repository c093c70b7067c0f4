/**
 * Graphile Worker with the settings of its page on performance: a local queue of 500 jobs, and completions in batches. It keeps no results: a
 * job that is done is deleted.
 */
import { makeWorkerUtils, run as startRunner } from 'graphile-worker'
import type { Library } from './library.ts'

const LOCAL_QUEUE = 500
/** Connections of who adds: commits of many are written together. */
const CONNECTIONS = 32

const quiet = { error: console.error, warning: console.error, info() {}, debug() {} }
const logger = async () => {
  const { Logger } = await import('graphile-worker')
  return new Logger(() => (level, message) => {
    if (level === 'error') quiet.error(message)
  })
}

export const graphileWorker: Library = {
  async connect({ databaseUrl, name }) {
    const utils = await makeWorkerUtils({
      connectionString: databaseUrl,
      schema: name,
      maxPoolSize: CONNECTIONS,
      logger: await logger(),
    })
    return {
      add: (payload) => utils.addJob('job', payload),
      addMany: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: 'job', payload }))),
      close: async () => utils.release(),
    }
  },
  async work({ databaseUrl, name }, concurrency, run) {
    const runner = await startRunner({
      preset: {
        worker: {
          connectionString: databaseUrl,
          schema: name,
          concurrentJobs: concurrency,
          maxPoolSize: Math.max(10, concurrency + 2),
          localQueue: { size: LOCAL_QUEUE },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
      noHandleSignals: true,
      taskList: {
        job: async (payload) => {
          await run(payload as Record<string, unknown>)
        },
      },
      logger: await logger(),
    })
    return { close: () => runner.stop() }
  },
}
