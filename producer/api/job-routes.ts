/** Jobs one by one: submit, status, list. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { job, jobKey, jobStatuses, jobSubmission, typeName } from '../../core/job.ts'
import { answerJobs, submitAnswers, submitHeaders } from './answer-job.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

export const idParams = z.object({ id: z.string().meta({ format: 'uuid', description: 'The job’s id' }) })

export const page = z
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

export const notFound = (id: string): AppError =>
  new AppError('NOT_FOUND', `There is no job ${id}, or its time to be kept is over.`)

export const jobRoutes = (parts: ApiParts): Route[] => {
  const { finder } = parts
  const answerJob = answerJobs(parts)

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
      answers: submitAnswers,
      handle: ({ body }, request, response) => answerJob(body, request, response),
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
