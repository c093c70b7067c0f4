import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'

export type Logger = pino.Logger

/** One JSON object a line on standard output; every line carries the node. Lines are written from another thread. */
export const createLogger = (level: string, node: string): Logger =>
  pino(
    {
      level,
      base: { node },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err },
    },
    // Each line goes at once; at 0, pino’s default, a flush would not wait for what is being written.
    pino.destination({ dest: 1, sync: false, minLength: 1 }),
  )

/** Resolves when all that was said is written, or after `limitMs`: the log may be a pipe that nobody reads. */
export const logWritten = (log: Logger, limitMs: number): Promise<void> =>
  Promise.race([
    new Promise<void>((resolve) => log.flush(() => resolve())),
    delay(limitMs, undefined, { ref: false }),
  ])
