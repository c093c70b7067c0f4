/** A job library as its documentation tells to use it: how jobs are added, and how a worker of it runs. */

/** Where a library keeps its jobs. */
export interface Place {
  readonly brokers: string
  readonly databaseUrl: string
  readonly redisPort: number
  /** Of its queue, schema or topic: lower case letters and digits. */
  readonly name: string
  /** Rather than to do much at once, where a library has to choose. */
  readonly swift: boolean
}

/** What the jobs of the benchmark carry. */
export interface BenchPayload {
  /** When it was due to be submitted, on `process.hrtime`'s clock, ns. */
  readonly due?: string
  readonly [other: string]: unknown
}

export interface LibraryClient {
  /** Resolves when the job is as durable as the library makes it. */
  add(payload: BenchPayload): Promise<unknown>
  addMany(payloads: readonly BenchPayload[]): Promise<unknown>
  /** Adds a job and resolves when its result is known, where the library can tell. */
  addAndWait?(payload: BenchPayload): Promise<unknown>
  close(): Promise<unknown>
}

export interface LibraryWorker {
  close(): Promise<unknown>
}

export interface Library {
  connect(place: Place): Promise<LibraryClient>
  /** A worker that runs so many jobs at once, and records for each what `run` gives. */
  work(place: Place, concurrency: number, run: (payload: BenchPayload) => unknown): Promise<LibraryWorker>
}
