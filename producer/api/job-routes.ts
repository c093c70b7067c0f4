/** Jobs one by one: submit, status, list. */
import type { Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import {
  type Job,
  type JobSubmission,
  job,
  jobKey,
  jobStatuses,
  jobSubmission,
  typeName,
} from '../../core/job.ts'
import type { Submitted } from '../submit.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

/** Longest `Prefer: wait`, seconds. */
const MAX_WAIT_S = 120

/** The seconds of `Prefer: wait=N` (RFC 7240), at most {@link MAX_WAIT_S}; undefined without it. */
export const preferredWaitS = (prefer: string | undefined): number | undefined => {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?/i.exec(prefer ?? '')?.[1]
  return seconds === undefined ? undefined : Math.min(MAX_WAIT_S, Number(seconds))
}

export const idParams = z.object({ id: z.string().meta({ format: 'uuid', description: 'The job’s id' }) })

const page = z
  .object({
    jobs: z.array(job).meta({ description: 'Newest first, without results and logs.' }),
    next: z.string().optional().meta({ description: 'Cursor of the next page: `after`.' }),
  })
  .meta({ id: 'JobPage' })

const listQuery = z.object({
  status: z.enum(jobStatuses).optional(),
  type: typeName.optional(),
  key: jobKey.optional(),
  after: z.uuid().optional().meta({ description: 'Cursor: `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

const submitHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .max(255)
    .optional()
    .meta({ description: 'Repeats with the same key stand for one job.' }),
  Prefer: z
    .string()
    .optional()
    .meta({
      description: `\`wait=N\`: answer with the result if it comes within N s (at most ${MAX_WAIT_S}).`,
    }),
  traceparent: z.string().optional().meta({ description: 'W3C Trace Context; travels in the record.' }),
})

export const notFound = (id: string): AppError =>
  new AppError('NOT_FOUND', `There is no job ${id}, or its time to be kept is over.`)

/** A job that was accepted just now. */
export const queuedJob = ({ id, submittedAt }: Submitted, { type, key }: JobSubmission): Job => ({
  id,
  type,
  ...(key === undefined ? {} : { key }),
  status: 'queued',
  attempts: [],
  submittedAt: new Date(submittedAt).toISOString(),
})

export const jobRoutes = (parts: ApiParts): Route[] => {
  const { submit, recent, finder, waiting, stopping, callerOf } = parts

  /** The ended job, if it ends within the time that the client wants to wait. */
  const awaitOutcome = async (id: string, seconds: number, response: Response): Promise<Job | undefined> => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    return waiting.outcome(id, AbortSignal.any([AbortSignal.timeout(seconds * 1000), gone.signal, stopping]))
  }

  return [
    route({
      method: 'post',
      path: '/jobs',
      tag: 'jobs',
      summary: 'Submit a job',
      description: 'When the 202 comes the job is durable in Kafka. The body is at most 900 kB.',
      role: 'submit',
      headers: submitHeaders,
      body: jobSubmission,
      answers: {
        200: { description: 'It ended while the client waited (`Prefer: wait`)', schema: job },
        202: {
          description: 'Accepted',
          schema: job,
          headers: {
            Location: 'The job',
            'Idempotency-Replayed': '`true`: the key stood for this job already',
          },
        },
      },
      async handle({ body }, request, response) {
        const submitted = await submit(body, {
          traceparent: request.get('traceparent'),
          idempotencyKey: request.get('idempotency-key'),
          tenant: callerOf(request).tenant,
        })
        const { id, repeated } = submitted
        if (!repeated) recent.add({ id, type: body.type, key: body.key, offset: submitted.offset })
        response.location(`/api/jobs/${id}`)
        if (repeated) response.set('Idempotency-Replayed', 'true')
        const wait = preferredWaitS(request.get('prefer'))
        if (wait !== undefined) {
          response.set('Preference-Applied', `wait=${wait}`)
          // Accepted is accepted: whatever fails while waiting takes nothing back.
          const ended = await awaitOutcome(id, wait, response).catch(() => undefined)
          if (ended) return json(response, 200, ended)
        } else if (repeated) {
          const known = await finder.find(id).catch(() => undefined)
          if (known) return json(response, 202, known)
        }
        json(response, 202, queuedJob(submitted, body))
      },
    }),
    route({
      method: 'get',
      path: '/jobs',
      tag: 'jobs',
      summary: 'List jobs',
      description:
        'Newest submission first. Ended and running jobs are listed by every master; waiting ones, which are only in ' +
        'the log, by the master that accepted them (its last 20,000).',
      role: 'read',
      query: listQuery,
      answers: { 200: { description: 'A page', schema: page } },
      async handle({ query }, _request, response) {
        const jobs = await finder.list(query)
        const next = jobs.length === query.limit ? jobs.at(-1)?.id : undefined
        json(response, 200, { jobs, ...(next === undefined ? {} : { next }) })
      },
    }),
    route({
      method: 'get',
      path: '/jobs/:id',
      tag: 'jobs',
      summary: 'A job: status, attempts, result',
      role: 'read',
      params: idParams,
      answers: { 200: { description: 'The job', schema: job } },
      async handle({ params }, _request, response) {
        const found = await finder.find(params.id)
        if (!found) throw notFound(params.id)
        json(response, 200, found)
      },
    }),
  ]
}
