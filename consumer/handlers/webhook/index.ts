/**
 * The job type `webhook`: posts an alarm to the webhook of its series. What is posted, where to, and the secret that signs it are read
 * from the store, so that the job holds nothing but names.
 */
import { AppError } from '../../../core/errors.ts'
import { defineHandler, type HandlerContext } from '../../../core/handler.ts'
import { webhookPayload } from '../../../core/series/watch.ts'
import { storeError } from '../../../core/store/database.ts'
import { disableWebhook, getSeries } from '../../../core/store/series.ts'
import { findAlarm } from '../../../core/store/series-alarms.ts'
import { deliver } from './deliver.ts'
import { signedHeaders } from './signature.ts'

interface WebhookResult {
  readonly delivered: boolean
  /** Why it was not: there was nobody to deliver it to any more. */
  readonly reason?: string
}

const stored = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw storeError(error)
  })

const GONE = 'the receiver answered 410: it wants no more'

const run = async (
  { series: name, alarm: id }: { readonly series: string; readonly alarm: string },
  { platform: { db }, signal }: HandlerContext,
): Promise<WebhookResult> => {
  const [series, alarm] = await stored(Promise.all([getSeries(db, name), findAlarm(db, name, id)]))
  const webhook = series?.webhook
  if (!webhook) return { delivered: false, reason: `${name} has no webhook any more` }
  if (!alarm) return { delivered: false, reason: 'the alarm’s time to be kept is over' }
  // A dead letter, to be replayed once the webhook was put again.
  if (webhook.disabled !== undefined) throw new AppError('WEBHOOK_FAILED', `${name}: ${webhook.disabled}`)
  const body = JSON.stringify({ type: 'alarm.raised', timestamp: alarm.raisedAt, data: alarm })
  const headers = signedHeaders({ id, at: Date.now(), body }, webhook.secret)
  if ((await deliver(webhook.url, headers, body, signal)) === 'taken') return { delivered: true }
  await stored(disableWebhook(db, name, webhook.url, GONE))
  throw new AppError('WEBHOOK_FAILED', `${name}: ${GONE}`)
}

export default defineHandler({
  type: 'webhook',
  description:
    'Posts an alarm of a standing series to its webhook, signed as Standard Webhooks has it; submitted with the alarm.',
  schema: webhookPayload,
  run,
})
