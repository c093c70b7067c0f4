/** Follows posted jobs to their ends, in pages: one request tells of up to 500 that ended. */
import { api } from '../../kit/api/client.ts'
import type { JobPage, JobStatus } from '../../kit/api/types.ts'
import { cursorAbove, limitsOf } from './load-ids.ts'

const PAGE_LIMIT = 500
const ends = ['succeeded', 'dead', 'cancelled'] as const satisfies readonly JobStatus[]

/** Takes those that have ended by now out of `awaited`. */
export const sweep = async (awaited: Set<string>, signal: AbortSignal): Promise<void> => {
  for (const status of ends) {
    const limits = limitsOf(awaited)
    if (!limits) return
    const [least, greatest] = limits
    let after = cursorAbove(greatest)
    for (;;) {
      const { jobs, next } = await api<JobPage>('/jobs', {
        query: { type: 'sleep', status, limit: PAGE_LIMIT, after },
        signal,
      })
      for (const { id } of jobs) awaited.delete(id)
      if (next === undefined || next < least) break
      after = next
    }
  }
}
