/** How a standing series is watched, and what is told of it. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { alarm, judgedPoint, seriesName, watchDetector, watchThreshold } from './watch.ts'

/** Bytes of a secret, as Standard Webhooks has it. */
const MIN_SECRET = 24
const MAX_SECRET = 64
const PREFIX = 'whsec_'

/** The key of a `whsec_…`: base64, of 24 to 64 bytes; undefined where it is none. */
export const webhookKey = (secret: string): Buffer | undefined => {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return undefined
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return key.length >= MIN_SECRET && key.length <= MAX_SECRET ? key : undefined
}

export const newSecret = (): string => PREFIX + randomBytes(32).toString('base64')

const webhookUrl = z
  .url({ protocol: /^https?$/, error: 'must be http://… or https://…' })
  .max(2_000)
  .refine((url) => URL.canParse(url) && new URL(url).username === '', 'must not hold a name or a password')

export const webhook = z.strictObject({
  url: webhookUrl.meta({ description: 'Where each alarm is posted to.' }),
  secret: z
    .string()
    .refine(
      (it) => webhookKey(it) !== undefined,
      `must be ${PREFIX} and the base64 of ${MIN_SECRET} to ${MAX_SECRET} bytes`,
    )
    .optional()
    .meta({
      description:
        'Signs what is posted (Standard Webhooks). Left out: what it has stays, else one is made and shown once.',
    }),
})

/** The body of `PUT /api/series/:name`: all settings; what is left out has its default. */
export const seriesSettings = z
  .strictObject({
    detector: watchDetector.optional(),
    threshold: watchThreshold.optional(),
    webhook: webhook.optional(),
  })
  .meta({ id: 'SeriesSettings' })
export type SeriesSettings = z.output<typeof seriesSettings>

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })

const view = {
  name: seriesName,
  detector: z.string(),
  threshold: z.number(),
  webhook: z
    .object({
      url: z.string(),
      disabled: z
        .string()
        .optional()
        .meta({ description: 'Why nothing is posted any more; the next PUT with a webhook ends that.' }),
      secret: z
        .string()
        .optional()
        .meta({ description: 'Only in the answer to the request that has made it.' }),
    })
    .optional(),
  points: z.int().meta({ description: 'Points so far; the last 10,000 are kept.' }),
  alarms: z.int().meta({ description: 'Alarms so far.' }),
  lastAt: time.optional().meta({ description: 'The time of its last point, where it has times.' }),
  createdAt: time,
  updatedAt: time.meta({ description: 'When its settings were changed last.' }),
  appendedAt: time.optional().meta({ description: 'When its last points came.' }),
}

/** A series as lists show it. */
export const seriesView = z.object(view).meta({ id: 'Series' })
export type SeriesView = z.output<typeof seriesView>

export const seriesDetails = z
  .object({
    ...view,
    last: judgedPoint.optional().meta({ description: 'Its last point.' }),
    latestAlarms: z.array(alarm).meta({ description: 'Newest first.' }),
  })
  .meta({ id: 'SeriesDetails' })
