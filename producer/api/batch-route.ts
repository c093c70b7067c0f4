/** Many jobs in one request: a line of NDJSON in, a line of NDJSON out, in order, in constant memory. */
import type { Request, Response } from 'express'
import { AppError, faultsOf, toError } from '../../core/errors.ts'
import { jobSubmission, MAX_JOB_BYTES } from '../../core/job.ts'
import { problemOf } from '../../core/problems.ts'
import type { SubmitContext } from '../submit.ts'
import { readLines } from './lines.ts'
import type { ApiParts } from './parts.ts'
import { type Route, route } from './route.ts'

export const NDJSON = 'application/x-ndjson'

/** Lines under way at once: enough to fill produce requests, few enough to be constant memory. */
const MAX_UNDER_WAY = 2_000
const MAX_UNDER_WAY_BYTES = 8_000_000
/** Unread answers at which reading the request stops. Large, for clients that read only after they have sent all. */
const MAX_UNREAD_BYTES = 16_000_000

const parse = (line: Buffer | undefined): ReturnType<typeof jobSubmission.parse> => {
  if (line === undefined)
    throw new AppError('PAYLOAD_TOO_LARGE', `The line is longer than ${MAX_JOB_BYTES} bytes.`)
  let value: unknown
  try {
    value = JSON.parse(line.toString())
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `The line is not JSON: ${toError(cause).message}`, { cause })
  }
  const parsed = jobSubmission.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = faultsOf(parsed.error.issues)
  throw new AppError(
    'REQUEST_INVALID',
    faults.map(({ path, message }) => `${path || 'the line'}: ${message}`).join('; '),
    { faults },
  )
}

export const batchRoute = ({ submit, recent, callerOf, log, stopping }: ApiParts): Route => {
  const one = async (line: Buffer | undefined, number: number, context: SubmitContext): Promise<string> => {
    try {
      const submission = parse(line)
      const { id, offset } = await submit(submission, context)
      recent.add({ id, type: submission.type, key: submission.key, offset })
      return `${JSON.stringify({ line: number, id, status: 'queued' })}\n`
    } catch (error) {
      if (!(error instanceof AppError)) log.error({ err: error }, 'a line of a batch failed')
      return `${JSON.stringify({ line: number, ...problemOf(error) })}\n`
    }
  }

  const serve = async (request: Request, response: Response): Promise<void> => {
    const context = { traceparent: request.get('traceparent'), tenant: callerOf(request).tenant }
    response.writeHead(202, { 'content-type': NDJSON, 'cache-control': 'no-store' })
    response.flushHeaders()
    let underWayBytes = 0
    const underWay: { answer: Promise<string>; bytes: number }[] = []
    const writeFirst = async (): Promise<void> => {
      const first = underWay.shift()
      if (!first) return
      const answer = await first.answer
      underWayBytes -= first.bytes
      if (response.writableLength > MAX_UNREAD_BYTES) {
        await new Promise<void>((resolve) => {
          response.once('drain', resolve)
          response.once('close', resolve)
        })
      }
      response.write(answer)
    }
    let number = 0
    for await (const line of readLines(request, MAX_JOB_BYTES)) {
      number++
      if (line !== undefined && line.length === 0) continue
      const bytes = line?.length ?? 0
      underWay.push({ answer: one(line, number, context), bytes })
      underWayBytes += bytes
      while (underWay.length >= MAX_UNDER_WAY || underWayBytes > MAX_UNDER_WAY_BYTES) await writeFirst()
      if (response.destroyed || stopping.aborted) break
    }
    while (underWay.length > 0) await writeFirst()
    if (stopping.aborted) response.destroy()
    else response.end()
  }

  return route({
    method: 'post',
    path: '/jobs/batch',
    tag: 'jobs',
    summary: 'Submit many jobs',
    description:
      `One submission a line (\`${NDJSON}\`), at most 900 kB each, any number of lines. The answer is streamed: for each line, ` +
      'in order, `{line, id, status}` or a problem with `line`. A line that is wrong does not touch the others. ' +
      'Read the answer while sending: with more than some 100,000 answers unread the server stops reading.',
    role: 'submit',
    stream: NDJSON,
    answers: { 202: { description: 'A line an input line', contentType: NDJSON } },
    async handle(_input, request, response) {
      try {
        await serve(request, response)
      } catch (error) {
        // The answer has begun: cutting it is the one way left to say that it is not whole.
        if (!request.destroyed) log.warn({ err: error }, 'a batch ended early')
        response.destroy()
      }
    },
  })
}
