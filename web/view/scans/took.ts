/** How long a job took, or has taken so far. Pure. */
import type { Job } from '../../kit/api/types.ts'
import { duration } from '../../kit/format.ts'

export const tookText = (
  { startedAt, finishedAt, status }: Pick<Job, 'startedAt' | 'finishedAt' | 'status'>,
  nowMs: number,
): string => {
  if (startedAt === undefined) return '–'
  const end = finishedAt === undefined ? (status === 'running' ? nowMs : undefined) : Date.parse(finishedAt)
  return end === undefined ? '–' : duration(Math.max(0, end - Date.parse(startedAt)))
}
