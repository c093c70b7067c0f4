import { setTimeout as delay } from 'node:timers/promises'
import { toError } from '../../core/errors.ts'
import { defineHandler, z } from '../../core/handler.ts'

/**
 * Waits, and stops waiting at once when the job is cancelled, runs out of time or is lost: it then throws the reason. To see what
 * repeating is like it can be told to fail at first.
 */
export default defineHandler({
  type: 'sleep',
  description:
    'Waits the given time without using the processor; stands for a job that waits for something else.',
  schema: z.strictObject({
    ms: z.int().min(0).max(3_600_000).describe('how long to wait, in milliseconds; an hour at most'),
    failures: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('attempts that fail, after the wait, before it succeeds'),
  }),
  async run({ ms, failures = 0 }, { signal, attempt }) {
    await delay(ms, undefined, { signal }).catch((thrown: unknown) => {
      throw toError(signal.aborted ? signal.reason : thrown)
    })
    if (attempt <= failures) throw new Error(`attempt ${attempt} fails, as do ${failures} in all`)
    return { sleptMs: ms }
  },
})
