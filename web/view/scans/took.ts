/** How long a job took, or has taken so far. Pure. */
import type { Job } from '../../kit/api/types.ts'
import { duration } from '../../kit/format.ts'

/** In whole seconds: it changes with each. */
const roughly = (ms: number): string => duration(Math.round(ms / 1_000) * 1_000).replace('.0 s', ' s')

export const tookText = (
  { startedAt, finishedAt, status }: Pick<Job, 'startedAt' | 'finishedAt' | 'status'>,
  nowMs: number,
): string => {
  if (startedAt === undefined) return '–'
  const end = finishedAt === undefined ? (status === 'running' ? nowMs : undefined) : Date.parse(finishedAt)
  return end === undefined ? '–' : duration(Math.max(0, end - Date.parse(startedAt)))
}

/** A part this small says nothing of the rest. */
const LEAST_FRACTION = 0.03

/** How long it runs, and how long it will, if it goes on as it did. */
export const leftText = (
  { startedAt, status, progress }: Pick<Job, 'startedAt' | 'status' | 'progress'>,
  nowMs: number,
): string => {
  if (startedAt === undefined || status !== 'running') return ''
  const soFar = Math.max(0, nowMs - Date.parse(startedAt))
  const { fraction = 0 } = progress ?? {}
  const left = (soFar / fraction) * (1 - fraction)
  const words = fraction < LEAST_FRACTION || fraction >= 1 ? '' : `, about ${roughly(left)} to go`
  return `${roughly(soFar)} so far${words}`
}
