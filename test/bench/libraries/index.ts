/** The libraries by name, each loaded only by a process that uses it. */
import type { Library } from './library.ts'

export const libraryNames = ['bullmq', 'graphile-worker', 'pg-boss', 'raw-kafkajs', 'kafkajs-serial'] as const
export type LibraryName = (typeof libraryNames)[number]

const loaders: Readonly<Record<LibraryName, () => Promise<Library>>> = {
  bullmq: async () => (await import('./bullmq.ts')).bullmq,
  'graphile-worker': async () => (await import('./graphile-worker.ts')).graphileWorker,
  'pg-boss': async () => (await import('./pg-boss.ts')).pgBoss,
  'raw-kafkajs': async () => (await import('./raw-kafkajs.ts')).rawKafkajs,
  'kafkajs-serial': async () => (await import('./raw-kafkajs.ts')).serialKafkajs,
}

export const loadLibrary = (name: LibraryName): Promise<Library> => loaders[name]()
