/** What an append leaves behind, in one transaction: its points, its alarms, and the jobs that deliver those. */
import { AppError } from '../../../core/errors.ts'
import type { HandlerContext } from '../../../core/handler.ts'
import { makeJobId, readJobId } from '../../../core/job-id.ts'
import { encodeValue } from '../../../core/kafka/record.ts'
import type { Alarm } from '../../../core/series/watch.ts'
import { type AlarmJob, type Append, appendPoints } from '../../../core/store/series-points.ts'
import { tell } from '../../../core/store/tell.ts'
import { inTransaction } from '../../../core/store/transaction.ts'

/**
 * How an alarm is delivered: a receiver that is away is waited for, a few hours in all (1.4 on average); then the job is a dead letter.
 * An attempt takes 10 s at most (webhook/deliver.ts).
 */
const DELIVERY = { maxAttempts: 12, backoffMs: 5_000, maxBackoffMs: 7_200_000, timeoutMs: 20_000 } as const

/**
 * The job that delivers an alarm. It lies where the jobs of its series do, under a key of its own: alarms of a series are delivered one after
 * the other, and what keeps them waiting does not keep its points waiting.
 */
export const deliveryOf = ({ id, series }: Alarm, { id: job, platform }: HandlerContext): AlarmJob => {
  const { partition = 0, epoch = 0 } = readJobId(job) ?? {}
  const topic = platform.installation.topics[epoch >> 6]
  if (topic === undefined) throw new AppError('RECORD_INVALID', `${job} is of no jobs topic`)
  const value = encodeValue({ type: 'webhook', payload: { series, alarm: id }, ...DELIVERY })
  return {
    id: makeJobId({ submittedAt: Date.now(), partition, epoch }),
    topic,
    partition,
    key: `webhook:${series}`,
    type: 'webhook',
    value: value.toString(),
  }
}

/** All or nothing; workers are told of what is to be delivered. */
export const write = (
  { platform: { db, installation } }: HandlerContext,
  append: Append,
): Promise<boolean> =>
  append.alarms.some(({ job }) => job)
    ? inTransaction(db, async (client) => {
        const written = await appendPoints(client, append)
        if (written) await tell(client, installation.schema, { kind: 'parked' })
        return written
      })
    : appendPoints(db.pool, append)
