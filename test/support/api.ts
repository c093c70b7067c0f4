/** A client of the HTTP API that takes nothing for granted, and what an answer must look like. */
import * as assert from 'uvu/assert'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Its JSON, or undefined where it holds none. */
  readonly body: unknown
}

export interface Call {
  readonly method?: string
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly raw?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly limitMs?: number
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const call = async (url: string, { method, json, raw, headers, limitMs = 30_000 }: Call = {}) => {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json))
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(limitMs),
  })
  const text = await response.text()
  const answer: Answer = { status: response.status, headers: response.headers, text, body: parsed(text) }
  return answer
}

export interface AttemptView {
  readonly attempt: number
  readonly startedAt: string
  readonly finishedAt?: string
  readonly worker: string
  readonly error?: { readonly code: string; readonly message: string }
  readonly progress?: { readonly fraction: number; readonly text?: string }
  readonly log?: readonly { readonly at: string; readonly text: string }[]
  readonly logDropped?: number
}

/** A job as design.md, section 5, has it. */
export interface JobView {
  readonly id: string
  readonly type?: string
  readonly key?: string
  readonly priority?: string
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'dead' | 'cancelled'
  readonly attempts: readonly AttemptView[]
  readonly submittedAt: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly worker?: string
  readonly progress?: { readonly fraction: number; readonly text?: string }
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string }
  readonly runAt?: string
  readonly waitsFor?: string
  readonly schedule?: { readonly name: string; readonly at: string }
  readonly position?: number
  readonly estimatedStartAt?: string
}

/** The job in an answer of this status. */
export const expectJob = (answer: Answer, status: number): JobView => {
  assert.is(answer.status, status, answer.text.slice(0, 1_000))
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json\b/)
  return answer.body as JobView
}

/** Submits a job. */
export const postJob = async (url: string, json: unknown): Promise<JobView> =>
  expectJob(await call(`${url}/api/jobs`, { json }), 202)

/** Submits a job and waits for its end. */
export const runJob = async (url: string, json: unknown, waitS = 20): Promise<JobView> =>
  expectJob(await call(`${url}/api/jobs`, { json, headers: { prefer: `wait=${waitS}` } }), 200)

export const getJob = async (url: string, id: string): Promise<JobView> =>
  expectJob(await call(`${url}/api/jobs/${id}`), 200)

export interface ProblemView {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly retryable: boolean
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** Problem details as RFC 9457 has them, with the members that this product promises beside. */
export const checkProblem = (body: unknown, status: number): ProblemView => {
  assert.ok(body instanceof Object, 'a problem is a JSON object')
  const problem = body as ProblemView
  const text = JSON.stringify(problem)
  assert.is(problem.status, status, text)
  for (const member of ['type', 'title', 'detail', 'code'] as const) {
    assert.type(problem[member], 'string', `${member} of ${text}`)
    assert.ok(problem[member].length > 0, `${member} of ${text}`)
  }
  assert.ok(URL.canParse(problem.type), `type is no URI: ${text}`)
  assert.match(problem.code, /^[A-Z][A-Z_]+$/)
  assert.type(problem.retryable, 'boolean', text)
  return problem
}

/** The problem in an answer of this status. */
export const expectProblem = (answer: Answer, status: number, code?: string): ProblemView => {
  assert.is(answer.status, status, answer.text.slice(0, 1_000))
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json\b/)
  const problem = checkProblem(answer.body, status)
  if (code !== undefined) assert.is(problem.code, code, answer.text)
  return problem
}

export const pointers = ({ errors = [] }: ProblemView): string[] => errors.map(({ pointer }) => pointer)
