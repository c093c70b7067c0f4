/** HTTP as the load test needs it: many requests at once over kept connections, answers read as they come. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { AppError } from '../../core/errors.ts'
import { problem } from '../../core/problems.ts'

/** A connection that is silent for this long while an answer is due is given up, milliseconds. */
const SILENT_MS = 60_000

export interface ClientOptions {
  /** Without a slash at its end; the API is under `/api`. */
  readonly url: string
  readonly token: string | undefined
  /** Connections for submissions at most. */
  readonly connections: number
}

export interface Answer {
  readonly status: number
  readonly text: string
}

export interface Client {
  /**
   * Sends a body to a path under `/api`. With `onLine` the lines of a successful answer go there as they come, and
   * `text` is empty. @throws Node's error, with its code, where no whole answer came
   */
  post(path: string, contentType: string, body: string, onLine?: (line: string) => void): Promise<Answer>
  /** Reads JSON. @throws AppError NOT_FOUND for a 404, REQUEST_INVALID for any other refusal, and as `post` */
  get(path: string): Promise<unknown>
  close(): void
}

/** Why something was not accepted. */
export interface Refusal {
  /** The problem's code; `HTTP_<status>` where the answer was no problem; else Node's code of a lost connection. */
  readonly code: string
  readonly detail: string
  /** HTTP status; 0 without an answer. */
  readonly status: number
}

const told = problem.pick({ code: true, title: true, detail: true }).partial()

/** The problem details (RFC 9457) in a parsed body, or what can be said without them. */
export const refusalIn = (body: unknown, status: number): Refusal => {
  const { code, title, detail } = told.safeParse(body).data ?? {}
  return { code: code ?? `HTTP_${status}`, detail: detail ?? title ?? `status ${status}`, status }
}

/** JSON, or undefined for what is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Cuts a text that comes in chunks into lines; `end` gives the last, which may lack its newline. */
export const lineReader = (onLine: (line: string) => void): { push(chunk: string): void; end(): void } => {
  let rest = ''
  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') onLine(line)
    },
    end() {
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}

const readText = (response: IncomingMessage, onChunk: (chunk: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    response.setEncoding('utf8')
    response.on('data', onChunk)
    response.on('end', resolve)
    response.on('error', reject)
  })

export const createClient = ({ url, token, connections }: ClientOptions): Client => {
  const { protocol, hostname, port, pathname } = new URL(url)
  const secure = protocol === 'https:'
  // Parsed once: at thousands of requests a second that is felt.
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port }
  const base = `${pathname.replace(/\/$/, '')}/api`
  const makeAgent = (maxSockets: number): HttpAgent =>
    new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets, timeout: SILENT_MS })
  const submissions = makeAgent(connections)
  // Its own connections: to look at the fleet must not wait behind thousands of submissions.
  const looks = makeAgent(8)
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const request = secure ? httpsRequest : httpRequest

  const call = (
    agent: HttpAgent,
    method: string,
    path: string,
    headers: Record<string, string | number>,
    body: string | undefined,
    onLine?: (line: string) => void,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request({
        ...address,
        agent,
        method,
        path: base + path,
        headers: { ...authorization, ...headers },
      })
      sent.on('timeout', () => {
        const error = new Error(`no answer within ${SILENT_MS / 1_000} s`)
        sent.destroy(Object.assign(error, { code: 'ETIMEDOUT' }))
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const status = response.statusCode ?? 0
        let text = ''
        const lines = onLine && status < 300 ? lineReader(onLine) : undefined
        const keep = (chunk: string): void => {
          text += chunk
        }
        readText(response, lines?.push ?? keep).then(() => {
          lines?.end()
          resolve({ status, text })
        }, reject)
      })
      sent.end(body)
    })

  return {
    post: (path, contentType, body, onLine) =>
      call(
        submissions,
        'POST',
        path,
        { 'content-type': contentType, 'content-length': Buffer.byteLength(body) },
        body,
        onLine,
      ),
    async get(path) {
      const { status, text } = await call(looks, 'GET', path, {}, undefined)
      const body = parseJson(text)
      if (status === 200 && body !== undefined) return body
      const { code, detail } = refusalIn(body, status)
      throw new AppError(status === 404 ? 'NOT_FOUND' : 'REQUEST_INVALID', `${code}: ${detail}`)
    },
    close() {
      submissions.destroy()
      looks.destroy()
    },
  }
}
