/**
 * What a job type is: a name, the schema of its payload, and the function that does the work.
 *
 * A handler is one file (or a folder with an `index.ts`) whose default export comes from {@link defineHandler}.
 * Put it in a folder, name the folder in `HANDLERS`, and the master accepts jobs of that type and workers run them.
 */
import type { z } from 'zod'

export { z } from 'zod'

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
}

export interface Handler<Payload = unknown, Result = unknown> {
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
  /**
   * Does the work. What it returns must be JSON; what it throws fails the attempt. On the error `retryable: false` says that
   * repeating is useless, `retryAfterMs` how long the next attempt is to wait.
   */
  run(payload: Payload, context: HandlerContext): Promise<Result> | Result
}

/** Gives a handler its types: the payload is what the schema puts out. */
export const defineHandler = <Schema extends z.ZodType, Result>(
  handler: Omit<Handler<z.output<Schema>, Result>, 'schema'> & { readonly schema: Schema },
): Handler<z.output<Schema>, Result> => handler as Handler<z.output<Schema>, Result>
