/** HTTP as the load test needs it: many requests at once over kept connections, answers read as they come. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { AppError, codeOf, toError } from '../../core/errors.ts'

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
   * `text` is empty. @throws AppError INTERNAL, its `cause` with Node's code, where no whole answer came
   */
  post(path: string, contentType: string, body: string, onLine?: (line: string) => void): Promise<Answer>
  /** Reads JSON. @throws AppError as {@link problemIn} says, and INTERNAL as `post` */
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

/** The problem details (RFC 9457) in a parsed body, or what can be said without them. */
export const refusalIn = (body: unknown, status: number): Refusal => {
  const text = (name: string): string | undefined => {
    const value = body instanceof Object ? Object.entries(body).find(([key]) => key === name)?.[1] : undefined
    return typeof value === 'string' ? value : undefined
  }
  return {
    code: text('code') ?? `HTTP_${status}`,
    detail: text('detail') ?? text('title') ?? `status ${status}`,
    status,
  }
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

/** The failure of a request that got no whole answer, in a line. */
const broken = (thrown: unknown): AppError => {
  const error = toError(thrown)
  // With several addresses of one name Node's message is empty, and its code says it.
  return new AppError('INTERNAL', error.message || codeOf(error), { cause: error })
}

export const createClient = ({ url, token, connections }: ClientOptions): Client => {
  const secure = url.startsWith('https:')
  const makeAgent = (maxSockets: number): HttpAgent =>
    new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets })
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
      const sent = request(`${url}/api${path}`, { agent, method, headers: { ...authorization, ...headers } })
      const fail = (error: unknown): void => reject(broken(error))
      sent.setTimeout(SILENT_MS, () => {
        const error = new Error(`no answer within ${SILENT_MS / 1_000} s`)
        sent.destroy(Object.assign(error, { code: 'ETIMEDOUT' }))
      })
      sent.on('error', fail)
      sent.on('response', (response) => {
        const status = response.statusCode ?? 0
        let text = ''
        const lines = onLine && status < 300 ? lineReader(onLine) : undefined
        const onChunk = lines?.push ?? ((chunk: string) => void (text += chunk))
        readText(response, onChunk).then(() => {
          lines?.end()
          resolve({ status, text })
        }, fail)
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
      throw new AppError(status === 404 ? 'NOT_FOUND' : 'SETUP_FAILED', `${code}: ${detail}`)
    },
    close() {
      submissions.destroy()
      looks.destroy()
    },
  }
}
