/**
 * `POST /api/jobs` in front of express, in its plain form: the routing and the middleware there cost more than all the rest of a
 * submission. It answers as the route there would; what is not plain is left to that.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, toError } from '../../core/errors.ts'
import { type JobSubmission, jobSubmission, MAX_JOB_BYTES } from '../../core/job.ts'
import type { Submitted } from '../submit.ts'
import { queuedJob } from './answer-job.ts'
import type { Auth, Caller } from './auth.ts'
import type { ApiParts } from './parts.ts'
import type { AnswerProblem } from './problem.ts'
import { checkBody } from './route.ts'

const PATH = '/api/jobs'

/** Headers that ask for more than the plain form. */
const UNUSUAL = ['content-encoding', 'transfer-encoding', 'idempotency-key', 'prefer']

/** Whether the request is a JSON body of a length that is known and allowed, and no more. */
const isPlain = ({ method, url, headers }: IncomingMessage): boolean => {
  if (method !== 'POST' || url !== PATH || headers['content-type'] !== 'application/json') return false
  const length = Number(headers['content-length'] ?? 0)
  return length > 0 && length <= MAX_JOB_BYTES && UNUSUAL.every((name) => headers[name] === undefined)
}

const BOM = '\ufeff'

/** @throws AppError REQUEST_INVALID */
const parse = (chunks: readonly Buffer[]): unknown => {
  const text = (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString()
  try {
    return JSON.parse(text.startsWith(BOM) ? text.slice(1) : text)
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `The body is not JSON: ${toError(cause).message}`, { cause })
  }
}

export interface HotSubmitParts extends Pick<ApiParts, 'submit' | 'recent'> {
  readonly auth: Auth
  readonly answerProblem: AnswerProblem
  /** Name and value by turns: headers of every answer. */
  readonly headers: readonly string[]
}

/** Answers a plain submission; false where the request is none, and was not touched. */
export const createHotSubmit = ({ submit, recent, auth, answerProblem, headers }: HotSubmitParts) => {
  const answer = (response: ServerResponse, submission: JobSubmission, submitted: Submitted): void => {
    const { id, offset } = submitted
    recent.add({ id, type: submission.type, key: submission.key, offset })
    const body = JSON.stringify(queuedJob(submitted, submission))
    const own = [
      'Location',
      `${PATH}/${id}`,
      'Content-Type',
      'application/json; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
    ]
    response.writeHead(202, [...headers, ...own]).end(body)
  }

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    chunks: readonly Buffer[],
    { tenant }: Caller,
  ): Promise<void> => {
    const submission = checkBody(jobSubmission, parse(chunks))
    const traceparent = request.headers['traceparent']
    answer(
      response,
      submission,
      await submit(submission, { tenant, traceparent: Array.isArray(traceparent) ? undefined : traceparent }),
    )
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!isPlain(request)) return false
    const fail = (thrown: unknown): void => {
      for (let i = 0; i < headers.length && !response.headersSent; i += 2)
        response.setHeader(headers[i] ?? '', headers[i + 1] ?? '')
      answerProblem(thrown, PATH, response)
    }
    let caller: Caller
    try {
      caller = auth(request.headers.authorization, 'submit')
    } catch (error) {
      fail(error)
      return true
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => serve(request, response, chunks, caller).catch(fail))
    return true
  }
}
