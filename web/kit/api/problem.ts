/** What the API says where it does not do what it was asked: problem details (RFC 9457), as an error. */

/** One fault of a request: where, as a JSON Pointer into the body, and what. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** `status` 0: there was no answer at all. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly faults: readonly Fault[]

  constructor(status: number, code: string, message: string, faults: readonly Fault[] = []) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.faults = faults
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOr = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback)

const faultsOf = (value: unknown): Fault[] =>
  Array.isArray(value)
    ? value.flatMap((it: unknown) =>
        isRecord(it) ? [{ path: textOr(it['pointer'], ''), message: textOr(it['detail'], '') }] : [],
      )
    : []

/** The error of an answer's body, whatever that is: a proxy on the way may answer in words of its own. */
export const problemOf = (status: number, body: unknown): ApiError => {
  const it = isRecord(body) ? body : {}
  const message = textOr(it['detail'], textOr(it['title'], `The server answered with status ${status}.`))
  return new ApiError(status, textOr(it['code'], `HTTP_${status}`), message, faultsOf(it['errors']))
}

/** No answer: the network, or the master, is away. */
export const unreachable = (): ApiError =>
  new ApiError(0, 'UNREACHABLE', 'The API can’t be reached. This page goes on trying.')

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
