/** The HTTP server of the pages: status, `/api` where there is an API to pass it to, and a folder of static files. */
import { createServer, type Server } from 'node:http'
import express, { type ErrorRequestHandler } from 'express'
import { AppError, toError } from '../core/errors.ts'
import { pageHeaders, pages } from '../core/http/pages.ts'
import { type Status, serveStatus } from '../core/http/status.ts'
import { problemHeaders, problemOf } from '../core/problems.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Passer } from './pass.ts'

export interface PagesParts {
  readonly dir: string
  readonly status: Status
  /** Undefined where something before this server routes `/api`. */
  readonly api: Passer | undefined
  readonly log: Logger
}

const notFound = (method: string, path: string): AppError =>
  path === '/api' || path.startsWith('/api/')
    ? new AppError(
        'NOT_FOUND',
        'The API is not behind this server: an ingress routes /api, or API_URL names it.',
      )
    : new AppError('NOT_FOUND', `There is nothing at ${method} ${path}.`)

export const createPagesServer = ({ dir, status, api, log }: PagesParts): Server => {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(pageHeaders())
  app.use(pages(dir))
  app.use((request) => {
    throw notFound(request.method, request.path)
  })
  const onError: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
    if (!(thrown instanceof AppError))
      log.error({ err: toError(thrown), path: request.path }, 'a request failed')
    if (response.headersSent) return void response.destroy()
    const body = problemOf(thrown, request.path)
    response.status(body.status).set(problemHeaders(thrown)).end(JSON.stringify(body))
  }
  app.use(onError)

  return createServer((request, response) => {
    if (serveStatus(status, request, response)) return
    if (api?.pass(request, response)) return
    app(request, response)
  })
}
