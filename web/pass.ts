/** Passes a request on to the API and its answer back, both as they come: bodies and events are never gathered here. */
import { type ClientRequest, type IncomingMessage, request as overHttp, type ServerResponse } from 'node:http'
import { request as overHttps } from 'node:https'
import { AppError, codeOf, toError } from '../core/errors.ts'
import { problemHeaders, problemOf } from '../core/problems.ts'
import type { Logger } from '../core/telemetry/logger.ts'

/** A master that does not even take the connection in this time is away. Its answer may take as long as it likes. */
const CONNECT_LIMIT_MS = 5_000
/** A connection without a word for this long is asked whether the other side is still there. */
const PROBE_AFTER_MS = 15_000

/** Headers of one connection, not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** The headers that go on: without those of the connection, and without those that it names. */
export const endToEnd = (headers: IncomingMessage['headers']): IncomingMessage['headers'] => {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  const dropped = new Set([...HOP_BY_HOP, ...named])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)))
}

/** `/api/…` of the pages server as a path of the API: the base of `API_URL` takes the place of `/api`. */
export const targetPath = (base: string, url: string): string =>
  base.replace(/\/$/, '') + url.slice('/api'.length) || '/'

export interface Passer {
  /** False where the request is none for the API. */
  pass(request: IncomingMessage, response: ServerResponse): boolean
  /** Ends the answers that have no end of their own: their readers connect anew. */
  endStreams(): void
}

const isForApi = (url: string): boolean =>
  url === '/api' || url.startsWith('/api/') || url.startsWith('/api?')

/** A passer to the API at `apiUrl`, whose path stands for `/api`. */
export const createPasser = (apiUrl: string, log: Logger): Passer => {
  const base = new URL(apiUrl)
  const send = base.protocol === 'https:' ? overHttps : overHttp
  const streams = new Set<ClientRequest>()

  const fail = (
    thrown: unknown,
    connected: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    if (response.destroyed) return
    log.warn({ err: toError(thrown), path: request.url }, 'the API did not answer')
    // Half an answer can't be taken back: cutting it says that it is not whole.
    if (response.headersSent) return void response.destroy()
    const error = new AppError(
      'API_UNREACHABLE',
      connected
        ? `The API broke off (${codeOf(thrown)}). Whether it took the request is not known: repeat a POST with the same Idempotency-Key.`
        : `The API can’t be reached (${codeOf(thrown)}). It has not got the request.`,
      { retryable: true, retryAfterS: 1, cause: thrown },
    )
    const body = problemOf(error, request.url?.split('?')[0])
    // What is left of the request's body is not read.
    response
      .writeHead(body.status, { ...problemHeaders(error), connection: 'close' })
      .end(JSON.stringify(body))
  }

  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { expect: _answered, ...headers } = endToEnd(request.headers)
    let connected = false
    const upstream = send({
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      method: request.method,
      path: targetPath(base.pathname, request.url ?? ''),
      headers: { ...headers, host: base.host, ...bodyLength(request) },
      // A connection for each request: none is sent down one that the master is just closing, and masters share the load.
      agent: false,
    })
    upstream.on('socket', (socket) => {
      socket.setKeepAlive(true, PROBE_AFTER_MS)
      const timer = setTimeout(
        () => upstream.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' })),
        CONNECT_LIMIT_MS,
      )
      socket.once(base.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true
        clearTimeout(timer)
      })
      socket.once('close', () => clearTimeout(timer))
    })
    upstream.on('error', (error) => fail(error, connected, request, response))
    upstream.on('response', (answer) => {
      if (answer.headers['content-type']?.startsWith('text/event-stream')) streams.add(upstream)
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.headers))
      // Events wait for nothing, not even for the first of them.
      response.flushHeaders()
      answer.on('error', (error) => fail(error, true, request, response))
      answer.pipe(response)
    })
    upstream.on('close', () => streams.delete(upstream))
    // Not a pipeline: it would cut the client's connection where an answer comes before the whole request is sent.
    request.pipe(upstream)
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy()
    })
  }

  return {
    pass(request, response) {
      if (!isForApi(request.url ?? '')) return false
      pass(request, response)
      return true
    },
    endStreams() {
      for (const stream of streams) stream.destroy()
    },
  }
}

/** A body without a length goes on in chunks; without this a GET would say that it has one. */
const bodyLength = ({ headers }: IncomingMessage): Record<string, string> =>
  headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }
