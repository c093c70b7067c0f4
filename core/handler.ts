/**
 * What a job type is: a name, the schema of its payload, and the function that does the work.
 *
 * A handler is one file (or a folder with an `index.ts`) whose default export comes from {@link defineHandler}.
 * Put it in a folder, name the folder in `HANDLERS`, and the master accepts jobs of that type and workers run them.
 */
import type { z } from 'zod'
import type { Platform } from './handlers/platform.ts'

export { z } from 'zod'
export type { ChildJob, ChildJobs, ChildOutcome, Platform } from './handlers/platform.ts'

/** What a handler is told about the run it is in. */
export interface HandlerContext {
  /** The job's id (UUID): the same on every attempt, so it is the key to make effects idempotent with. */
  readonly id: string
  readonly type: string
  readonly key: string | undefined
  /** 1 for the first attempt. */
  readonly attempt: number
  /** RFC 3339: the tick of its schedule that this job is, which may be a while ago; undefined for any other job. */
  readonly scheduledFor: string | undefined
  /** Aborted on timeout, cancellation, and when the worker loses the job; `signal.reason` says which. */
  readonly signal: AbortSignal
  /**
   * Tells how far the attempt is, from 0 to 1 (what lies outside is moved to the edge, NaN is ignored), and what it is doing, in at
   * most 200 characters. The last word counts; it is seen in `GET /api/jobs/:id` and its events, some four times a second.
   * Cheap, and it never throws: it may be called as often as the handler likes. After the attempt's end it does nothing.
   */
  readonly progress: (fraction: number, text?: string) => void
  /**
   * Adds a line to the attempt's log, which is kept with the job: at most 500 characters a line, the last 100 lines and 16 kB.
   * Never throws; after the attempt's end it does nothing.
   */
  readonly log: (text: string) => void
  /** The store, and for control jobs a way to fan out into others. In a thread there is neither: what asks for them there fails. */
  readonly platform: Platform
}

/** What holds for jobs of a type that do not say otherwise themselves; unset: the product's own (`MAX_ATTEMPTS`, `TIMEOUT_MS`). */
export interface HandlerDefaults {
  readonly maxAttempts?: number | undefined
  readonly timeoutMs?: number | undefined
}

export interface Handler<Payload = unknown, Result = unknown, Loaded = Payload> {
  /** The job type: `type` in `POST /api/jobs`. Lower case letters, digits, `.`, `_`, `-`; at most 64 characters. */
  readonly type: string
  readonly description?: string
  /** Validates the payload at submission (the client gets the faults) and again in the worker. */
  readonly schema: z.ZodType<Payload>
  /**
   * True runs it in a thread of its own: for work that keeps the processor busy for more than some milliseconds.
   * Without it such work would stop the worker's heartbeats, and the worker would lose its partitions.
   */
  readonly thread?: boolean
  /** True makes it a control job: the master's own node runs it (it fans out into others), not the workers. */
  readonly control?: boolean
  readonly defaults?: HandlerDefaults | undefined
  /**
   * Of a handler that runs in a thread: runs before it in the worker's main thread, where the store is at hand, and gives what `run` gets
   * instead of the payload: that with what it refers to put in. What it gives is copied to the thread (structured clone; typed
   * arrays are cheap). It is part of the attempt: the time limit counts for it (not the wait for a thread that follows), what it
   * throws fails the attempt as what `run` throws does, and it is left behind when the attempt is cut short.
   */
  load?(payload: Payload, context: HandlerContext): Promise<Loaded> | Loaded
  /**
   * Does the work. What it returns must be JSON; what it throws fails the attempt. On the error `retryable: false` says that
   * repeating is useless, `retryAfterMs` how long the next attempt is to wait.
   */
  run(payload: Loaded, context: HandlerContext): Promise<Result> | Result
}

type Definition<Schema extends z.ZodType, Result, Loaded> = Omit<
  Handler<z.output<Schema>, Result, Loaded>,
  'schema' | 'load'
> & { readonly schema: Schema }

/** Gives a handler its types: the payload is what the schema puts out, or what `load` makes of that. */
export function defineHandler<Schema extends z.ZodType, Result, Loaded>(
  handler: Definition<Schema, Result, Loaded> &
    Required<Pick<Handler<z.output<Schema>, Result, Loaded>, 'load'>>,
): Handler<z.output<Schema>, Result, Loaded>
export function defineHandler<Schema extends z.ZodType, Result>(
  handler: Definition<Schema, Result, z.output<Schema>>,
): Handler<z.output<Schema>, Result>
export function defineHandler(handler: Handler): Handler {
  return handler
}
