/** Types and their limits, a line each. Pure. */
import type { JobType, Limit, LimitState } from '../../kit/api/types.ts'
import { isLimited } from '../limit-words.ts'

/** A type, or what is known of one whose handler is gone while it is limited. */
export interface TypeLine extends Partial<Omit<JobType, 'limit'>> {
  readonly type: string
  /** Jobs that wait for its limit. */
  readonly held: number
  /** Absent: nothing limits it. */
  readonly limit?: (LimitState & Pick<Limit, 'running'>) | undefined
}

/** In the order of the types; those without a handler come last. Without `all` limits there are those that types tell of themselves. */
export const linesOf = (
  types: readonly JobType[],
  all: readonly Limit[] | undefined,
): readonly TypeLine[] => {
  if (!all) return types.map((it) => ({ ...it, held: 0 }))
  const byType = new Map(all.flatMap((it) => (it.type === undefined ? [] : [[it.type, it] as const])))
  const lineOf = (type: Partial<JobType> & { readonly type: string }): TypeLine => {
    const limit = byType.get(type.type)
    return {
      ...type,
      held: limit?.held ?? 0,
      limit: limit && (limit.paused || isLimited(limit)) ? limit : undefined,
    }
  }
  const known = new Set(types.map(({ type }) => type))
  const gone = [...byType.keys()].filter((type) => !known.has(type)).map((type) => ({ type }))
  return [...types, ...gone].map(lineOf)
}
