/**
 * What masters tell workers through the store, so that they need not wait for their next look: news as well, since what it is
 * about is in the store, and is looked at once a second in any case.
 */
import { z } from 'zod'

export const notice = z.discriminatedUnion('kind', [
  /** The job has its outcome: it was cancelled. */
  z.object({ kind: z.literal('cancelled'), ids: z.array(z.string()) }),
  /** A limit was changed. */
  z.object({ kind: z.literal('limits') }),
  /** Jobs were parked that are due at once, or soon. */
  z.object({ kind: z.literal('parked') }),
])
export type Notice = z.output<typeof notice>
