/** Many jobs in one request: a line of NDJSON in, a line of NDJSON out, in order, in constant memory. */
import type { Request, Response } from 'express'
import { AppError, faultsOf, toError } from '../../core/errors.ts'
import { jobSubmission, MAX_JOB_BYTES } from '../../core/job.ts'
import { problemOf } from '../../core/problems.ts'
import type { SubmitContext } from '../submit.ts'
import { InOrder } from './in-order.ts'
import { readLines } from './lines.ts'
import type { ApiParts } from './parts.ts'
import { type Route, route } from './route.ts'

export const NDJSON = 'application/x-ndjson'

/** Lines under way at once: one produce request and as many again, which gather meanwhile; constant memory. */
const MAX_UNDER_WAY = 4_000
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
    const answers = new InOrder({
      most: MAX_UNDER_WAY,
      mostBytes: MAX_UNDER_WAY_BYTES,
      write: (text) => {
        response.write(text)
        if (response.writableLength <= MAX_UNREAD_BYTES || response.destroyed) return undefined
        return new Promise<void>((resolve) => {
          response.once('drain', resolve)
          response.once('close', resolve)
        })
      },
    })
    let number = 0
    for await (const lines of readLines(request, MAX_JOB_BYTES)) {
      for (const line of lines) {
        number++
        if (line !== undefined && line.length === 0) continue
        const full = answers.room()
        if (full) await full
        if (response.destroyed || stopping.aborted) break
        one(line, number, context).then(answers.ask(line?.length ?? 0))
      }
      if (response.destroyed || stopping.aborted) break
    }
    await answers.end()
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
