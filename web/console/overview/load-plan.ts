/** A load: what is posted when, as text of `POST /jobs/batch`, and what its answer says. Pure. */
import { count, duration, rate, wholeSeconds } from '../../kit/format.ts'

export interface LoadPlan {
  readonly jobs: number
  /** Work a job, ms. */
  readonly workMs: number
  /** Time over which they are posted, s. */
  readonly spreadS: number
  /** Of a hundred, so many fail at first. */
  readonly failPercent: number
}

/** As a form holds it. */
export type LoadForm = Readonly<Record<keyof LoadPlan, string>>
/** Twice what three workers of five slots do meanwhile: the lag is soon worth more of them. */
export const usualLoad: LoadForm = { jobs: '3000', workMs: '200', spreadS: '20', failPercent: '0' }

/** More would be no small load, and is what `npm run load` is for. */
export const bounds: Readonly<Record<keyof LoadPlan, readonly [least: number, most: number]>> = {
  jobs: [1, 20_000],
  workMs: [0, 60_000],
  spreadS: [1, 600],
  failPercent: [0, 100],
}

const fields = ['jobs', 'workMs', 'spreadS', 'failPercent'] as const

const wholeIn = (text: string, [least, most]: readonly [number, number]): number | undefined => {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most ? value : undefined
}

/** What is wrong with each field of a form; nothing where it is right. */
export const faultsOf = (form: LoadForm): Partial<Record<keyof LoadPlan, string>> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const [least, most] = bounds[field]
      const right = wholeIn(form[field], bounds[field]) !== undefined
      return right ? [] : [[field, `A whole number from ${count(least)} to ${count(most)}`]]
    }),
  )

/** The plan of a form; undefined where a field is wrong. */
export const planOf = (form: LoadForm): LoadPlan | undefined => {
  const [jobs, workMs, spreadS, failPercent] = fields.map((field) => wholeIn(form[field], bounds[field]))
  if (jobs === undefined || workMs === undefined || spreadS === undefined || failPercent === undefined)
    return undefined
  return { jobs, workMs, spreadS, failPercent }
}

/** Jobs that should have been posted this long after the start: evenly, and the last ones before the time is over. */
export const dueAfter = ({ jobs, spreadS }: LoadPlan, elapsedMs: number): number =>
  Math.min(jobs, Math.ceil((jobs * Math.min(spreadS, Math.floor(elapsedMs / 1_000) + 1)) / spreadS))

/** Whether the job of this number, from 0, fails at first: evenly spread. */
const failsAtFirst = ({ failPercent }: LoadPlan, number: number): boolean =>
  Math.floor(((number + 1) * failPercent) / 100) > Math.floor((number * failPercent) / 100)

/** The jobs with the numbers `from` to `to` (without it), a line of NDJSON each. */
export const linesOf = (plan: LoadPlan, from: number, to: number): string => {
  let lines = ''
  for (let number = from; number < to; number++) {
    const payload = { ms: plan.workMs, ...(failsAtFirst(plan, number) ? { failures: 1 } : {}) }
    lines += `${JSON.stringify({ type: 'sleep', payload })}\n`
  }
  return lines
}

export interface Taken {
  readonly ids: readonly string[]
  readonly refused: number
  /** Why the last of them was. */
  readonly why?: string | undefined
}

/** What a batch's answer says. Lines that are missing, because it was cut, are of jobs of which nothing is known. */
export const takenOf = (answer: string): Taken => {
  const ids: string[] = []
  let refused = 0
  let why: string | undefined
  for (const line of answer.split('\n')) {
    if (line === '') continue
    let told: { id?: unknown; detail?: unknown }
    try {
      told = JSON.parse(line) as typeof told
    } catch {
      continue
    }
    if (typeof told.id === 'string') ids.push(told.id)
    else {
      refused++
      if (typeof told.detail === 'string') why = told.detail
    }
  }
  return { ids, refused, why }
}

/** What the plan comes to, in words. */
export const sumOf = ({ jobs, workMs, spreadS }: LoadPlan): string =>
  `${rate(jobs / spreadS)} jobs/s for ${wholeSeconds(spreadS * 1_000)}, ${duration(jobs * workMs).replace('.0 ', ' ')} of work in all.`
