/** Whether nothing more will come of a job. */
import type { Job, JobStatus } from './types.ts'

const outcomes: readonly JobStatus[] = ['succeeded', 'dead', 'cancelled']

export const hasEnded = ({ status }: Pick<Job, 'status'>): boolean => outcomes.includes(status)
