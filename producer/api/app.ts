/** The HTTP server of the master: status, API, and pages where there is no ingress to route them. */
import { createServer, type Server } from 'node:http'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import { AppError } from '../../core/errors.ts'
import { pageHeaderList, pageHeaders, pages } from '../../core/http/pages.ts'
import { serveStatus } from '../../core/http/status.ts'
import { MAX_JOB_BYTES } from '../../core/job.ts'
import { type Caller, createAuth } from './auth.ts'
import { batchRoute } from './batch-route.ts'
import { cancelRoutes } from './cancel-routes.ts'
import { dataSetRoutes } from './data-set-routes.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { fleetRoutes } from './fleet-routes.ts'
import { historyRoute } from './history-route.ts'
import { createHotSubmit } from './hot-submit.ts'
import { jobRoutes } from './job-routes.ts'
import { limitRoutes } from './limit-routes.ts'
import { openApiDocument, openApiRouter } from './openapi.ts'
import type { ApiParts } from './parts.ts'
import { problemAnswers } from './problem.ts'
import { replayRoutes } from './replay-routes.ts'
import type { Route } from './route.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { seriesEventsRoute } from './series-events-route.ts'
import { seriesRoutes } from './series-routes.ts'
import { watchRoutes } from './watch-routes.ts'
import { workerRoute } from './worker-route.ts'

const JSON_TYPES = ['application/json', 'application/*+json']

/** body-parser's errors as ours. */
const requestError = (thrown: unknown): unknown => {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return thrown
  const type = 'type' in thrown ? thrown.type : undefined
  const status = 'status' in thrown ? thrown.status : undefined
  if (type === 'entity.parse.failed')
    return new AppError('REQUEST_INVALID', `The body is not JSON: ${thrown.message}`)
  if (type === 'entity.too.large') {
    return new AppError(
      'PAYLOAD_TOO_LARGE',
      `The body is larger than ${MAX_JOB_BYTES} bytes, which is what one job may have.`,
    )
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new AppError('UNSUPPORTED_MEDIA_TYPE', thrown.message)
  }
  if (status === 400) return new AppError('REQUEST_INVALID', thrown.message)
  return thrown
}

const wantsType = (it: Route): RequestHandler => {
  const types = it.stream ? [it.stream].flat() : [...JSON_TYPES, ...(it.texts ?? [])]
  const said = (it.stream ? types : [types[0], ...(it.texts ?? [])]).join(' or ')
  return (request, _response, next) => {
    if (request.is(types)) return next()
    const given = request.get('content-type') ?? 'none'
    next(new AppError('UNSUPPORTED_MEDIA_TYPE', `Content-Type: must be ${said}, not ${given}`))
  }
}

const mount = (
  app: Express,
  routes: readonly Route[],
  allow: (request: Request, it: Route) => void,
): void => {
  const body = express.json({ limit: MAX_JOB_BYTES, type: JSON_TYPES, strict: false })
  const serve = (it: Route): void => {
    const authorize: RequestHandler = (request, _response, next) => {
      allow(request, it)
      next()
    }
    const text = it.texts ? [express.text({ limit: MAX_JOB_BYTES, type: [...it.texts] })] : []
    const reading = it.body ? [wantsType(it), body, ...text] : it.stream ? [wantsType(it)] : []
    app[it.method](`/api${it.path}`, authorize, ...reading, (request, response) =>
      it.serve(request, response),
    )
  }
  // Path by path, so that a fixed path is whole (with its 405) before one with parameters that would match it too.
  for (const path of new Set(routes.map((it) => it.path))) {
    for (const it of routes) if (it.path === path) serve(it)
    const methods = routes.filter((it) => it.path === path).map((it) => it.method.toUpperCase())
    const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    app.all(`/api${path}`, (request, response) => {
      response.set('Allow', allowed)
      if (request.method === 'OPTIONS') return void response.status(204).end()
      throw new AppError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; ${allowed} are.`)
    })
  }
}

export const createApp = (parts: Omit<ApiParts, 'callerOf'>, version: string): Server => {
  const { config, log, status } = parts
  const { tokens, webDir } = config.http
  const auth = createAuth(tokens)
  const callers = new WeakMap<Request, Caller>()
  const callerOf = (request: Request): Caller => callers.get(request) ?? { tenant: 'anonymous' }
  const whole: ApiParts = { ...parts, callerOf }
  // The fixed paths before those with parameters.
  const routes = [
    batchRoute(whole),
    ...cancelRoutes(whole),
    ...jobRoutes(whole),
    ...replayRoutes(whole),
    ...deadLetterRoutes(whole),
    ...watchRoutes(whole),
    ...fleetRoutes(whole),
    workerRoute(whole),
    historyRoute(whole),
    ...scheduleRoutes(whole),
    ...dataSetRoutes(whole),
    ...limitRoutes(whole),
    ...seriesRoutes(whole),
    seriesEventsRoute(whole),
  ]

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(pageHeaders())
  app.use('/api', openApiRouter(openApiDocument(routes, version, tokens.length > 0)))
  mount(app, routes, (request, it) => void callers.set(request, auth(request.get('authorization'), it.role)))
  if (webDir !== undefined) app.use(pages(webDir))
  app.use((request) => {
    throw new AppError('NOT_FOUND', `There is nothing at ${request.method} ${request.path}.`)
  })
  const answerProblem = problemAnswers(log)
  const onError: ErrorRequestHandler = (thrown: unknown, request, response, _next) =>
    answerProblem(requestError(thrown), request.path, response)
  app.use(onError)

  const hotSubmit = createHotSubmit({ ...parts, auth, answerProblem, headers: pageHeaderList() })
  return createServer((request, response) => {
    if (hotSubmit(request, response) || serveStatus(status, request, response)) return
    app(request, response)
  })
}
