/** The headers of a delivery, as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over `id.timestamp.body`. */
import { createHmac } from 'node:crypto'
import { AppError } from '../../../core/errors.ts'
import { webhookKey } from '../../../core/series/settings.ts'

export interface Delivery {
  /** The same in every attempt: receivers know repeats by it. */
  readonly id: string
  /** Of the attempt, milliseconds since the epoch. */
  readonly at: number
  readonly body: string
}

/** @throws AppError REQUEST_INVALID for a secret that is none */
export const signedHeaders = ({ id, at, body }: Delivery, secret: string): Record<string, string> => {
  const key = webhookKey(secret)
  if (!key) throw new AppError('REQUEST_INVALID', 'the webhook’s secret is not whsec_ and base64')
  const seconds = String(Math.floor(at / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` }
}
