import { setTimeout as delay } from 'node:timers/promises'
import { toError } from '../../core/errors.ts'
import { defineHandler, z } from '../../core/handler.ts'

/** Waits, and stops waiting at once when the job is cancelled, runs out of time or is lost: it then throws the reason. */
export default defineHandler({
  type: 'sleep',
  description:
    'Waits the given time without using the processor; stands for a job that waits for something else.',
  schema: z.strictObject({
    ms: z.int().min(0).max(3_600_000).describe('how long to wait, in milliseconds; an hour at most'),
  }),
  async run({ ms }, { signal }) {
    await delay(ms, undefined, { signal }).catch((thrown: unknown) => {
      throw toError(signal.aborted ? signal.reason : thrown)
    })
    return { sleptMs: ms }
  },
})
