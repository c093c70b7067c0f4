/** Answers that tell what went wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, toError } from '../../core/errors.ts'
import { problemHeaders, problemOf } from '../../core/problems.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

/** Answers with a problem; a request whose answer has begun is cut off. What was not thrown on purpose is logged. */
export type AnswerProblem = (thrown: unknown, path: string, response: ServerResponse<IncomingMessage>) => void

export const problemAnswers =
  (log: Logger): AnswerProblem =>
  (thrown, path, response) => {
    if (!(thrown instanceof AppError) || thrown.code === 'INTERNAL')
      log.error({ err: toError(thrown), path }, 'a request failed')
    if (response.headersSent) return void response.destroy()
    const body = problemOf(thrown, path)
    response.writeHead(body.status, problemHeaders(thrown)).end(JSON.stringify(body))
  }
