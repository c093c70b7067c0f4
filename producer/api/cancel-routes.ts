/** Cancelling: one job, or those that fit a filter. */
import { z } from 'zod'
import { job, jobKey, typeName } from '../../core/job.ts'
import { aliveStatuses } from '../cancel.ts'
import { idParams, notFound } from './job-routes.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

const MAX_IDS = 1_000
const MAX_JOBS = 10_000
/** Ids named in an answer. */
const MAX_NAMED = 100

const filter = z
  .strictObject({
    ids: z
      .array(z.uuid())
      .min(1)
      .max(MAX_IDS)
      .optional()
      .meta({ description: 'These, where they fit the rest.' }),
    type: typeName.optional(),
    key: jobKey.optional(),
    status: z.array(z.enum(aliveStatuses)).min(1).optional(),
    before: z.iso.datetime().optional().meta({ description: 'Submitted before this time.' }),
    limit: z
      .int()
      .min(1)
      .max(MAX_JOBS)
      .default(1_000)
      .meta({ description: 'Jobs at most, the newest first.' }),
  })
  .refine(({ limit: _limit, ...fields }) => Object.values(fields).some((it) => it !== undefined), {
    message: 'must have one of ids, type, key, status, before at least',
  })
  .meta({ id: 'CancelFilter' })

const answer = z
  .object({
    cancelled: z.int().meta({ description: 'Jobs that this has cancelled.' }),
    tooLate: z.int().meta({ description: 'Jobs that had ended before, be it by another cancellation.' }),
    notFound: z.int().meta({ description: 'Of the ids: unknown, or not of this filter.' }),
    ids: z.array(z.uuid()).meta({ description: `The first ${MAX_NAMED} that are cancelled.` }),
  })
  .meta({ id: 'Cancelled' })

export const cancelRoutes = ({ canceller }: ApiParts): Route[] => {
  return [
    route({
      method: 'post',
      path: '/jobs/cancel',
      tag: 'jobs',
      summary: 'Cancel the jobs that fit a filter',
      description:
        'Queued, parked and running ones: parked and running jobs are found by every master; those that wait in the log by the ' +
        'master that accepted them (its last 20,000), and anywhere by their ids. What has ended meanwhile is told as too late.',
      role: 'submit',
      body: filter,
      answers: { 200: { description: 'How many were', schema: answer } },
      async handle({ body }, _request, response) {
        const { before, ...rest } = body
        const {
          cancelled,
          tooLate,
          notFound: unknown,
        } = await canceller.many({
          ...rest,
          before: before === undefined ? undefined : Date.parse(before),
        })
        const ids = cancelled.slice(0, MAX_NAMED)
        json(response, 200, { cancelled: cancelled.length, tooLate, notFound: unknown, ids })
      },
    }),
    route({
      method: 'delete',
      path: '/jobs/:id',
      tag: 'jobs',
      summary: 'Cancel a job',
      description:
        'Queued, parked or running: no result is recorded from then on, and a handler that runs is aborted (its `signal`). ' +
        'Of a job that has ended before, 409 `JOB_ENDED` says how; one that is cancelled already stays so.',
      role: 'submit',
      params: idParams,
      answers: { 200: { description: 'It is cancelled', schema: job } },
      async handle({ params }, _request, response) {
        const cancelled = await canceller.one(params.id)
        if (!cancelled) throw notFound(params.id)
        json(response, 200, cancelled)
      },
    }),
  ]
}
