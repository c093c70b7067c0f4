/** The job types that there are. */
import type { ApiError } from '../kit/api/problem.ts'
import type { JobType } from '../kit/api/types.ts'
import { usePoll } from '../kit/api/use-poll.ts'

const none: readonly JobType[] = []

/** `everyMs` 0: once. What is limited and paused changes; the rest does not while the master lives. */
export const useTypes = (
  everyMs = 0,
): {
  readonly types: readonly JobType[]
  /** False until they are known. */
  readonly known: boolean
  readonly error: ApiError | undefined
  readonly refresh: () => void
} => {
  const { data, error, refresh } = usePoll<{ readonly types: readonly JobType[] }>('/types', everyMs)
  return { types: data?.types ?? none, known: data !== undefined, error, refresh }
}
