/** Requests to the API. A problem is thrown as an ApiError; where a token is wanted it is asked for, and the request goes on. */
import { signal as state } from '@preact/signals'
import { pathOf, type Query } from './path.ts'
import { ApiError, problemOf, unreachable } from './problem.ts'
import { askToken, authorization, token } from './token.ts'

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON, unless it is a text, a file or a form: these go as they are. */
  readonly body?: unknown
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Whether the last request had an answer of the API, and when that was known; undefined until there was one. */
export const answered = state<{ readonly yes: boolean; readonly at: number } | undefined>(undefined)
export const tellAnswered = (yes: boolean): void => {
  answered.value = { yes, at: Date.now() }
}

/** There was no answer, or one of a proxy that can't reach the API. */
export const isUnanswered = ({ status, code }: ApiError): boolean =>
  status === 0 || code === 'API_UNREACHABLE' || (status >= 502 && status <= 504 && code === `HTTP_${status}`)

const bodyOf = (body: unknown): { body?: BodyInit; type?: string } => {
  if (body === undefined) return {}
  if (typeof body === 'string' || body instanceof Blob || body instanceof FormData) return { body }
  return { body: JSON.stringify(body), type: 'application/json' }
}

export const isAbort = (thrown: unknown): boolean =>
  thrown instanceof DOMException && thrown.name === 'AbortError'

const jsonOf = async (response: Response): Promise<unknown> => {
  const text = await response.text().catch((thrown: unknown) => {
    throw isAbort(thrown) ? thrown : unreachable()
  })
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Half an answer, or one of a proxy in between.
    throw response.ok ? unreachable() : problemOf(response.status, undefined)
  }
}

/**
 * The answer to a request, before its body is read.
 * @throws ApiError for every status that is not 2xx, and where there is no answer; an AbortError where `signal` aborts
 */
export const request = async (path: string, options: CallOptions = {}): Promise<Response> => {
  const { method = 'GET', query, headers, signal } = options
  const { body, type } = bodyOf(options.body)
  const used = token.value
  let response: Response
  try {
    response = await fetch(`/api${pathOf(path, query)}`, {
      method,
      headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers, ...authorization() },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
      cache: 'no-store',
    })
  } catch (error) {
    if (signal?.aborted) throw error
    tellAnswered(false)
    throw unreachable()
  }
  if (response.ok) {
    tellAnswered(true)
    return response
  }
  const problem = problemOf(response.status, await jsonOf(response).catch(() => undefined))
  tellAnswered(!isUnanswered(problem))
  // Whether the API has got it matters to who changed something alone.
  if (method === 'GET' && isUnanswered(problem)) throw unreachable()
  if (problem.status !== 401) throw problem
  const changed = token.value !== used || (await askToken(used === undefined ? '' : problem.message))
  if (!changed) throw problem
  return request(path, options)
}

/** The JSON of an answer. Its type is what the API's document says; kit/api/types.ts. */
export const api = async <T = unknown>(path: string, options: CallOptions = {}): Promise<T> =>
  (await jsonOf(await request(path, options))) as T

export const isApiError = (thrown: unknown): thrown is ApiError => thrown instanceof ApiError
