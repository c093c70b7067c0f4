/** Takes a submission and answers for its job: shared by all routes that submit what their caller sent. */
import type { Request, Response } from 'express'
import { z } from 'zod'
import { type Job, type JobSubmission, job } from '../../core/job.ts'
import type { Submitted } from '../submit.ts'
import type { ApiParts } from './parts.ts'
import { type Answer, json } from './route.ts'

/** Longest `Prefer: wait`, seconds. */
const MAX_WAIT_S = 120

/** The seconds of `Prefer: wait=N` (RFC 7240), at most {@link MAX_WAIT_S}; undefined without it. */
export const preferredWaitS = (prefer: string | undefined): number | undefined => {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?/i.exec(prefer ?? '')?.[1]
  return seconds === undefined ? undefined : Math.min(MAX_WAIT_S, Number(seconds))
}

export const submitHeaders = z.object({
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

export const submitAnswers: Readonly<Record<number, Answer>> = {
  200: { description: 'It ended while the client waited (`Prefer: wait`)', schema: job },
  202: {
    description: 'Accepted',
    schema: job,
    headers: {
      Location: 'The job',
      'Idempotency-Replayed': '`true`: the key stood for this job already',
    },
  },
}

/** A job that was accepted just now. */
export const queuedJob = ({ id, submittedAt }: Submitted, { type, key }: JobSubmission): Job => ({
  id,
  type,
  ...(key === undefined ? {} : { key }),
  status: 'queued',
  attempts: [],
  submittedAt: new Date(submittedAt).toISOString(),
})

/** Submits, then answers 202 with the job, or 200 with its end where the client waits for that. @throws as `Submit` */
export type AnswerJob = (submission: JobSubmission, request: Request, response: Response) => Promise<void>

export const answerJobs = (
  parts: Pick<ApiParts, 'submit' | 'recent' | 'finder' | 'waiting' | 'stopping' | 'callerOf'>,
): AnswerJob => {
  const { submit, recent, finder, waiting, stopping, callerOf } = parts

  /** The ended job, if it ends within the time that the client wants to wait. */
  const awaitOutcome = async (id: string, seconds: number, response: Response): Promise<Job | undefined> => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    return waiting.outcome(id, AbortSignal.any([AbortSignal.timeout(seconds * 1000), gone.signal, stopping]))
  }

  return async (submission, request, response) => {
    const submitted = await submit(submission, {
      traceparent: request.get('traceparent'),
      idempotencyKey: request.get('idempotency-key'),
      tenant: callerOf(request).tenant,
    })
    const { id, repeated } = submitted
    if (!repeated) recent.add({ id, type: submission.type, key: submission.key, offset: submitted.offset })
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
    json(response, 202, queuedJob(submitted, submission))
  }
}
