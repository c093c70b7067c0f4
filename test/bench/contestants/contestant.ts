/** Who is compared: a system that takes jobs and does them, set up for the benchmark. */
import type { RunningProcess } from '../../support/process.ts'
import type { Fsync, PrivateRedis } from '../lib/redis.ts'
import type { LibraryName } from '../libraries/index.ts'
import type { BenchPayload, Place } from '../libraries/library.ts'

/** What a contestant may use: servers which all share, so that the disk and its durability are the same. */
export interface Bench {
  readonly brokers: string
  readonly databaseUrl: string
  /** Started when first asked for. @throws Error where there is no program */
  redis(fsync: Fsync): Promise<PrivateRedis>
}

export interface SetUp {
  /** Of the topic of jobs. */
  readonly partitions: number
  /** Jobs that a worker runs at once. */
  readonly concurrency: number
  /** Folder in which jobs tell of their runs. */
  readonly stamps?: string
  /** Set up to be swift rather than to do much at once, where a library has to choose. */
  readonly swift?: boolean
}

/** What a client sends to submit a job. */
export interface Submission {
  readonly path: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Installation {
  /** What a library's own process needs to add jobs; ours has none. */
  readonly library?: { readonly name: LibraryName; readonly place: Place }
  /** Takes jobs over HTTP. */
  server?(): Promise<RunningProcess>
  /** The request that submits such a job. `type` matters to ours only. */
  request?(payload: BenchPayload, options?: { readonly waits?: boolean }): Submission
  /** Queues jobs, each with this payload. `key` gives the key of each, where there are keys. */
  fill?(jobs: number, payload: BenchPayload, key?: (index: number) => string): Promise<void>
  /** A worker more. */
  worker?(): Promise<RunningProcess>
  /** Jobs with a durable outcome since the last `clear`. */
  done?(): Promise<number>
  /** Forgets all jobs, between two measurements. */
  clear(): Promise<void>
  /** Ends what it has started and removes what it has made. */
  close(): Promise<void>
}

export interface Contestant {
  readonly name: string
  /** Version and settings, for the report. */
  readonly about: string
  open(bench: Bench, setUp: SetUp): Promise<Installation>
}
