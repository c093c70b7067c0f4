/** Replays many dead letters, request by request. Pure but for what it is given. */
import type { Replayed } from '../../kit/api/letter-types.ts'
import { count, plural } from '../../kit/format.ts'

/** Ids that one request takes. */
const MAX_IDS = 1_000

export type Choice = Readonly<Record<string, unknown>>

export interface ReplaySum {
  readonly replayed: number
  readonly skipped: number
  /** It was stopped before all were through. */
  readonly stopped: boolean
}

/**
 * Replays all that fit, until nothing more does or `isStopped`; a request that is under way then is waited for: what it does is done.
 * `onProgress` hears of each answer.
 */
export const replayAll = async (
  choice: Choice,
  post: (body: Choice) => Promise<Replayed>,
  onProgress: (sum: ReplaySum) => void = () => {},
  isStopped: () => boolean = () => false,
): Promise<ReplaySum> => {
  let sum: ReplaySum = { replayed: 0, skipped: 0, stopped: false }
  for (let after: string | undefined; ; ) {
    const answer = await post(after === undefined ? choice : { ...choice, after })
    sum = { ...sum, replayed: sum.replayed + answer.replayed, skipped: sum.skipped + answer.skipped }
    onProgress(sum)
    if (!answer.more || answer.next === undefined) return sum
    if (isStopped()) return { ...sum, stopped: true }
    after = answer.next
  }
}

/** Ids in groups that one request takes each. */
export const inGroups = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / MAX_IDS) }, (_, index) =>
    ids.slice(index * MAX_IDS, (index + 1) * MAX_IDS),
  )

/** What became of them, in words. */
export const sumWords = ({ replayed, skipped, stopped }: ReplaySum): string => {
  const back = replayed === 0 ? 'No job is replayed.' : `${plural(replayed, 'job is', 'jobs are')} replayed.`
  const left =
    skipped === 0
      ? ''
      : ` ${count(skipped)} ${skipped === 1 ? 'is left: it is no job, or it' : 'are left: they are no jobs, or'} ${
          skipped === 1 ? 'has' : 'have'
        } ended otherwise.`
  return `${back}${left}${stopped ? ' Stopped before the rest.' : ''}`
}
