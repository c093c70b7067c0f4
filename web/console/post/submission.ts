/** What is posted, from what is filled in. Pure. */
import type { Priority } from '../../kit/api/types.ts'
import { fromLocal } from '../../kit/local-time.ts'

export interface Options {
  readonly key: string
  readonly priority: Priority
  readonly when: 'now' | 'delay' | 'at'
  readonly delayMs: number | undefined
  /** As a field for local times has it: 2026-11-22T14:30. */
  readonly runAt: string
  readonly maxAttempts: number | undefined
  readonly timeoutMs: number | undefined
  readonly backoffMs: number | undefined
  readonly maxBackoffMs: number | undefined
}

export const noOptions: Options = {
  key: '',
  priority: 'normal',
  when: 'now',
  delayMs: undefined,
  runAt: '',
  maxAttempts: undefined,
  timeoutMs: undefined,
  backoffMs: undefined,
  maxBackoffMs: undefined,
}

/** The body of `POST /api/jobs`; what is not given is left out. */
export const submissionOf = (
  type: string,
  payload: unknown,
  options: Options,
): Readonly<Record<string, unknown>> => {
  const { key, priority, when, delayMs, runAt, maxAttempts, timeoutMs, backoffMs, maxBackoffMs } = options
  const body = {
    type,
    payload,
    key: key === '' ? undefined : key,
    priority: priority === 'normal' ? undefined : priority,
    delayMs: when === 'delay' ? delayMs : undefined,
    runAt: when === 'at' ? fromLocal(runAt) : undefined,
    maxAttempts,
    timeoutMs,
    backoffMs,
    maxBackoffMs,
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

const numberOr = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** What a dead letter has kept, to be filled in again: not its time, which is past, nor its schedule. */
export const refill = (value: unknown): { readonly payload: unknown; readonly options: Partial<Options> } => {
  const it = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  return {
    payload: it['payload'],
    options: {
      maxAttempts: numberOr(it['maxAttempts']),
      timeoutMs: numberOr(it['timeoutMs']),
      backoffMs: numberOr(it['backoffMs']),
      maxBackoffMs: numberOr(it['maxBackoffMs']),
    },
  }
}

/** For a shell: nothing in it means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Longer bodies are sent from a file. */
const MAX_INLINE = 4_000

/** The same as a command. `withToken`: the API wants one; it is not written there. */
export const curlOf = ({
  origin,
  body,
  copies,
  withToken,
}: {
  readonly origin: string
  readonly body: unknown
  readonly copies: number
  readonly withToken: boolean
}): string => {
  const text = JSON.stringify(body)
  const isLong = text.length > MAX_INLINE
  const headers = [
    ...(copies > 1 ? [`-H 'content-type: application/x-ndjson'`] : [`-H 'content-type: application/json'`]),
    ...(withToken ? ['-H "authorization: Bearer $TOKEN"'] : []),
  ]
  const on = ' \\\n  '
  if (copies > 1) {
    const line = isLong ? '"$(cat job.json)"' : quoted(text)
    const request = [`curl -s ${origin}/api/jobs/batch`, ...headers, '--data-binary @-'].join(on)
    return `yes ${line} |\n  head -n ${copies} |\n  ${request}`
  }
  const data = isLong ? '--data-binary @job.json' : `-d ${quoted(text)}`
  return [`curl -s ${origin}/api/jobs`, ...headers, data].join(on)
}
