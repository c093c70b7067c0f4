/** Sends the requests of a schedule and counts what is answered. */
import { z } from 'zod'
import { codeOf, toError } from '../../core/errors.ts'
import { type Client, parseJson, type Refusal, refusalIn } from './client.ts'
import { type Schedule, sizeOf } from './schedule.ts'
import type { Tally } from './tally.ts'
import type { Work } from './work.ts'

/** A job that was accepted, with its number and its request's. Times: milliseconds since the epoch. */
export interface Accepted {
  readonly id: string
  readonly job: number
  readonly request: number
  readonly dueAt: number
  readonly sentAt: number
  readonly answeredAt: number
}

export interface SubmitterParts {
  readonly client: Client
  readonly schedule: Schedule
  readonly work: Work
  readonly tally: Tally
  /** Milliseconds since the epoch, with fractions. */
  readonly now: () => number
  readonly onAccepted: (accepted: Accepted) => void
  readonly onRefused: (refusal: Refusal) => void
}

const batchLine = z.object({ line: z.int(), id: z.string().optional(), status: z.unknown() })

const cutOff: Refusal = { code: 'CUT_OFF', detail: 'the answer ended before the last line', status: 202 }

const lost = (thrown: unknown): Refusal => {
  const error = toError(thrown)
  const code = codeOf(error)
  // With several addresses of one name Node's message is empty.
  return { code, detail: error.message || code, status: 0 }
}

const idIn = (body: unknown): string | undefined =>
  body instanceof Object && 'id' in body && typeof body.id === 'string' ? body.id : undefined

/** Sends a request of the schedule. Never rejects: whatever happens is counted. */
export const createSubmitter = (
  parts: SubmitterParts,
): ((request: number, dueAt: number) => Promise<void>) => {
  const { client, schedule, work, tally, now, onAccepted, onRefused } = parts

  const refuse = (refusal: Refusal, jobs: number): void => {
    tally.refuse(refusal, jobs)
    onRefused(refusal)
  }

  const accept = (id: string, dueAt: number, sentAt: number, job: number): void => {
    const answeredAt = now()
    tally.accept(id, dueAt, sentAt, answeredAt)
    const request = Math.floor(job / schedule.batch)
    onAccepted({ id, job, request, dueAt, sentAt, answeredAt })
  }

  const one = async (job: number, dueAt: number): Promise<void> => {
    const sentAt = now()
    tally.send(1, dueAt, sentAt)
    const { status, text } = await client.post('/jobs', 'application/json', work.json(job))
    const body = parseJson(text)
    const id = status === 202 ? idIn(body) : undefined
    if (id === undefined) refuse(refusalIn(body, status), 1)
    else accept(id, dueAt, sentAt, job)
  }

  const batch = async (first: number, size: number, dueAt: number): Promise<void> => {
    const sentAt = now()
    tally.send(size, dueAt, sentAt)
    let body = ''
    for (let job = first; job < first + size; job++) body += `${work.json(job)}\n`
    let answered = 0
    const onLine = (text: string): void => {
      const line = parseJson(text)
      const { data } = batchLine.safeParse(line)
      if (!data) return
      answered++
      if (data.id === undefined) refuse(refusalIn(line, Number(data.status)), 1)
      else accept(data.id, dueAt, sentAt, first + data.line - 1)
    }
    try {
      const { status, text } = await client.post('/jobs/batch', 'application/x-ndjson', body, onLine)
      if (status >= 300) refuse(refusalIn(parseJson(text), status), size)
      else if (answered < size) refuse(cutOff, size - answered)
    } catch (error) {
      // A line without an answer may be accepted or not: nobody knows, so it is not counted as accepted.
      if (answered < size) refuse(lost(error), size - answered)
    }
  }

  return async (request, dueAt) => {
    const size = sizeOf(schedule, request)
    const first = request * schedule.batch
    if (schedule.batch > 1) return batch(first, size, dueAt)
    await one(first, dueAt).catch((error: unknown) => refuse(lost(error), 1))
  }
}
