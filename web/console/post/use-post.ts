/** Posts what is filled in, once: a double click and a repeat after a lost answer are the same job. */
import { useRef, useState } from 'preact/hooks'
import { api, request } from '../../kit/api/client.ts'
import { ApiError, problemOf, unreachable } from '../../kit/api/problem.ts'
import type { Job } from '../../kit/api/types.ts'
import { count } from '../../kit/format.ts'
import { randomId } from '../../kit/random-id.ts'

/** Bytes of one batch at most: a browser has to hold them. */
const MAX_BATCH_BYTES = 64_000_000

export interface Posted {
  /** Of this posting: what is shown of one does not go on in the next. */
  readonly number: number
  readonly type: string
  readonly ids: readonly string[]
  /** Copies that were refused, and why the first of them. */
  readonly refused: number
  readonly why: string
}

export type Body = Readonly<Record<string, unknown>>

const postOne = async (
  body: Body,
  idempotencyKey: string,
): Promise<Pick<Posted, 'ids' | 'refused' | 'why'>> => {
  const headers = { 'idempotency-key': idempotencyKey }
  const { id } = await api<Job>('/jobs', { method: 'POST', body, headers })
  return { ids: [id], refused: 0, why: '' }
}

interface Line {
  readonly id?: string
  readonly status: unknown
}

/** @throws ApiError where none was taken */
const postMany = async (body: Body, copies: number): Promise<Pick<Posted, 'ids' | 'refused' | 'why'>> => {
  const line = new Blob([`${JSON.stringify(body)}\n`])
  if (line.size * copies > MAX_BATCH_BYTES) {
    const message = `So many copies of this are too much for a browser: ${count(Math.floor(MAX_BATCH_BYTES / line.size))} at most.`
    throw new ApiError(422, 'REQUEST_INVALID', message, [{ path: '/copies', message }])
  }
  const response = await request('/jobs/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: new Blob(Array.from({ length: copies }, () => line)),
  })
  const text = await response.text().catch(() => {
    throw unreachable()
  })
  const lines = text
    .split('\n')
    .filter((it) => it !== '')
    .map((it) => JSON.parse(it) as Line)
  const ids = lines.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const refused = lines.filter(({ id }) => id === undefined)
  const [first] = refused
  const problem = first && problemOf(Number(first.status), first)
  if (problem && ids.length === 0) throw problem
  return { ids, refused: refused.length, why: problem?.message ?? '' }
}

export const usePost = () => {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const [posted, setPosted] = useState<Posted | undefined>(undefined)
  const underWay = useRef(false)
  /** The key of a body whose acceptance is not known; gone once it is accepted. */
  const tried = useRef<{ readonly text: string; readonly key: string } | undefined>(undefined)

  /** Gives whether it was accepted. */
  const post = async (body: Body, copies: number): Promise<boolean> => {
    if (underWay.current) return false
    underWay.current = true
    setBusy(true)
    setError(undefined)
    try {
      const text = JSON.stringify(body)
      if (tried.current?.text !== text) tried.current = { text, key: randomId() }
      const done = copies === 1 ? await postOne(body, tried.current.key) : await postMany(body, copies)
      tried.current = undefined
      setPosted((last) => ({ ...done, type: String(body['type']), number: (last?.number ?? 0) + 1 }))
      return true
    } catch (thrown) {
      setError(thrown instanceof ApiError ? thrown : unreachable())
      return false
    } finally {
      underWay.current = false
      setBusy(false)
    }
  }
  return { post, isBusy, error, posted, clearError: () => setError(undefined) }
}
