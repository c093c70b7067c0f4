/** A schedule as a form holds it: as texts, and back to what the API takes. Pure. */
import type { Fault } from '../../kit/api/problem.ts'
import type { MissedPolicy, OverlapPolicy, Schedule, ScheduleJob } from '../../kit/api/schedule-types.ts'
import type { Priority } from '../../kit/api/types.ts'
import { fromLocal, toLocal } from '../../kit/local-time.ts'
import { inUnits, type Unit, units } from './interval-words.ts'

export interface ScheduleForm {
  readonly name: string
  readonly timing: 'cron' | 'every'
  readonly cron: string
  readonly timezone: string
  readonly every: string
  readonly unit: Unit
  /** In the reader's zone. */
  readonly startAt: string
  readonly overlap: OverlapPolicy
  readonly missed: MissedPolicy
  readonly paused: boolean
  readonly type: string
  /** JSON; nothing is no payload. */
  readonly payload: string
  readonly key: string
  readonly priority: Priority
  readonly maxAttempts: string
  readonly timeoutMs: string
  readonly backoffMs: string
  readonly maxBackoffMs: string
}

export const emptyForm: ScheduleForm = {
  name: '',
  timing: 'cron',
  cron: '*/5 * * * *',
  timezone: 'UTC',
  every: '5',
  unit: 'min',
  startAt: '',
  overlap: 'allow',
  missed: 'skip',
  paused: false,
  type: '',
  payload: '',
  key: '',
  priority: 'normal',
  maxAttempts: '',
  timeoutMs: '',
  backoffMs: '',
  maxBackoffMs: '',
}

const textOf = (value: number | undefined): string => (value === undefined ? '' : String(value))

export const formOf = (schedule: Schedule): ScheduleForm => {
  const { name, cron, intervalMs, timezone, startAt, overlap, missed, paused, job } = schedule
  const every = intervalMs === undefined ? undefined : inUnits(intervalMs)
  return {
    name,
    timing: cron === undefined ? 'every' : 'cron',
    cron: cron ?? '',
    timezone,
    every: textOf(every?.number),
    unit: every?.unit ?? 'min',
    startAt: toLocal(startAt),
    overlap,
    missed,
    paused,
    type: job.type,
    payload: job.payload === undefined ? '' : JSON.stringify(job.payload, null, 2),
    key: job.key ?? '',
    priority: job.priority ?? 'normal',
    maxAttempts: textOf(job.maxAttempts),
    timeoutMs: textOf(job.timeoutMs),
    backoffMs: textOf(job.backoffMs),
    maxBackoffMs: textOf(job.maxBackoffMs),
  }
}

export type FieldName = keyof ScheduleForm
/** What is wrong, by field; '' is the whole. */
export type Faults = Readonly<Partial<Record<FieldName | '', string | undefined>>>

/** What the API takes; `name` apart, as it is in the path of a change. */
export interface ScheduleBody {
  readonly cron?: string
  readonly intervalMs?: number
  readonly timezone: string
  readonly startAt?: string
  readonly overlap: OverlapPolicy
  readonly missed: MissedPolicy
  readonly paused: boolean
  readonly job: ScheduleJob
}

/** The API’s own limit, which it tells in milliseconds: no unit of the form. */
const MIN_INTERVAL_MS = 1_000

const counts = ['maxAttempts', 'timeoutMs', 'backoffMs', 'maxBackoffMs'] as const

/**
 * The body, or what is wrong before the API is asked: what can't be sent at all. `before` is what is changed: its start keeps the
 * fractions of a second that no field shows.
 */
export const bodyOf = (
  form: ScheduleForm,
  before?: Schedule,
): { readonly body: ScheduleBody } | { readonly faults: Faults } => {
  const faults: Partial<Record<FieldName, string>> = {}
  if (form.name.trim() === '') faults.name = 'must be given'
  if (form.type === '') faults.type = 'must be chosen'
  const size = units.find(([unit]) => unit === form.unit)?.[1] ?? 1_000
  const intervalMs = Math.round(Number(form.every) * size)
  if (form.timing === 'every') {
    if (form.every.trim() === '' || !Number.isFinite(intervalMs)) faults.every = 'must be a number'
    else if (intervalMs < MIN_INTERVAL_MS) faults.every = 'must be a second at least'
  }
  let payload: unknown
  try {
    payload = form.payload.trim() === '' ? undefined : JSON.parse(form.payload)
  } catch (error) {
    faults.payload = `is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  const numbers: Partial<Record<(typeof counts)[number], number>> = {}
  for (const name of counts) {
    const text = form[name].trim()
    if (text === '') continue
    const value = Number(text)
    if (Number.isFinite(value)) numbers[name] = value
    else faults[name] = 'must be a number'
  }
  if (Object.keys(faults).length > 0) return { faults }

  const startAt =
    before && form.startAt === toLocal(before.startAt) ? before.startAt : fromLocal(form.startAt)
  return {
    body: {
      ...(form.timing === 'cron' ? { cron: form.cron.trim() } : { intervalMs }),
      timezone: form.timezone.trim(),
      ...(startAt === undefined ? {} : { startAt }),
      overlap: form.overlap,
      missed: form.missed,
      paused: form.paused,
      job: {
        type: form.type,
        ...(payload === undefined ? {} : { payload }),
        ...(form.key === '' ? {} : { key: form.key }),
        ...(form.priority === 'normal' ? {} : { priority: form.priority }),
        ...numbers,
      },
    },
  }
}

const isField = (name: string): name is FieldName => Object.hasOwn(emptyForm, name)

/** Where a fault of the API's belongs: `/job/payload/ms` to the payload, saying `ms`. */
export const faultsOf = (faults: readonly Fault[], form: Pick<ScheduleForm, 'timing'>): Faults => {
  const found: Partial<Record<FieldName | '', string>> = {}
  for (const { path, message } of faults) {
    const [first = '', ...rest] = path
      .replace(/^\//, '')
      .replace(/^job\//, '')
      .split('/')
    const named = first === 'intervalMs' || (first === 'cron' && form.timing === 'every') ? 'every' : first
    const field = isField(named) ? named : ''
    const where = field === '' ? path : rest.join('.')
    const text = where === '' ? message : `${where}: ${message}`
    found[field] = found[field] === undefined ? text : `${found[field]}; ${text}`
  }
  return found
}
