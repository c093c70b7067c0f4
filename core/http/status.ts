/** What every process serves: liveness, readiness, metrics. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Gauge, type Registry } from 'prom-client'
import { AppError, codeOf } from '../errors.ts'
import { PROBLEM_TYPE, problemOf } from '../problems.ts'

/** One thing a process depends on: undefined while it is well, else what is wrong, in words. */
export type Check = () => string | undefined

export interface Status {
  /** Liveness: a fault here says that only a restart helps. */
  readonly health: Readonly<Record<string, Check>>
  /** Readiness: a fault here says that it can't do its work now. */
  readonly ready: Readonly<Record<string, Check>>
  /** Said with readiness: it does its work, but not as well as it could. */
  readonly warnings?: Readonly<Record<string, Check>>
  readonly registry: Registry
}

/** The same checks as a metric: what fails, and since when, can be looked up when it is over. */
export const addCheckGauge = ({ health, ready, warnings = {}, registry }: Status): void => {
  new Gauge({
    name: 'anomgrd_check_failing',
    help: '1 while a check of /health or /ready fails',
    labelNames: ['of', 'check'],
    registers: [registry],
    collect() {
      for (const [of, checks] of Object.entries({ health, ready, warnings }))
        for (const [check, why] of Object.entries(checks))
          this.set({ of, check }, Number(why() !== undefined))
    },
  })
}

const answer = (
  response: ServerResponse,
  checks: Readonly<Record<string, Check>>,
  warnings: Readonly<Record<string, Check>> = {},
): void => {
  const results = Object.entries(checks).map(([name, check]) => [name, check() ?? 'ok'] as const)
  const ok = results.every(([, result]) => result === 'ok')
  response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json' })
  const warned = Object.entries(warnings).flatMap(([name, check]) => {
    const why = check()
    return why === undefined ? [] : [[name, why] as const]
  })
  const body = {
    status: ok ? 'ok' : 'failing',
    checks: Object.fromEntries(results),
    ...(warned.length > 0 ? { warnings: Object.fromEntries(warned) } : {}),
  }
  response.end(`${JSON.stringify(body)}\n`)
}

/**
 * The checks in two: those that count, and those that `?exclude=name&exclude=…` makes warnings of (as the API server of
 * Kubernetes has it for its `/readyz`). Where all servers of a load balancer share what is away, each still answers best itself.
 */
const divide = (
  checks: Readonly<Record<string, Check>>,
  query: string | undefined,
): [counted: Record<string, Check>, excluded: Record<string, Check>] => {
  const names = new Set(new URLSearchParams(query).getAll('exclude'))
  const part = (excluded: boolean): Record<string, Check> =>
    Object.fromEntries(Object.entries(checks).filter(([name]) => names.has(name) === excluded))
  return [part(false), part(true)]
}

/** Answers `/health`, `/ready` and `/metrics`; false where the path is none of these. */
export const serveStatus = (status: Status, request: IncomingMessage, response: ServerResponse): boolean => {
  const [path, query] = (request.url ?? '').split('?')
  if (path !== '/health' && path !== '/ready' && path !== '/metrics') return false
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const body = problemOf(
      new AppError('METHOD_NOT_ALLOWED', `${request.method} ${path}: only GET and HEAD`),
      path,
    )
    response.writeHead(405, { 'content-type': PROBLEM_TYPE, allow: 'GET, HEAD' }).end(JSON.stringify(body))
  } else if (path === '/health') answer(response, status.health)
  else if (path === '/ready') {
    const [counted, excluded] = divide(status.ready, query)
    answer(response, counted, { ...status.warnings, ...excluded })
  } else {
    status.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': status.registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  }
  return true
}

/** Listens; resolves to the port it got. @throws AppError SETUP_FAILED naming the port */
export const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new AppError(
          'SETUP_FAILED',
          codeOf(cause) === 'EADDRINUSE'
            ? `port ${port} of ${host} is taken: stop what listens there, or set PORT to another`
            : `can't listen on ${host}:${port}: ${cause.message}`,
          { cause },
        ),
      ),
    )
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })

/** A server with the three paths alone, for processes without an API. */
export const createStatusServer = (status: Status): Server =>
  createServer((request, response) => {
    if (serveStatus(status, request, response)) return
    const body = problemOf(
      new AppError('NOT_FOUND', 'This process serves /health, /ready and /metrics.'),
      request.url,
    )
    response.writeHead(404, { 'content-type': PROBLEM_TYPE }).end(JSON.stringify(body))
  })
