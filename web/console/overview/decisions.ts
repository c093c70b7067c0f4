/** Decisions of a range, each once, newest first. Pure. */
import type { Decision } from '../../kit/api/types.ts'

/** So many are kept at most. */
const MOST = 1_000

/** What tells a decision from others. */
export const keyOf = ({ at, from, to, shadow }: Decision): string => `${at} ${from} ${to} ${shadow ?? false}`

export type Turn = 'up' | 'down' | 'same'
export const turnOf = ({ from, to }: Decision): Turn => (to > from ? 'up' : to < from ? 'down' : 'same')

/** Those of both, from `from` on (milliseconds since the epoch). */
export const joinDecisions = (
  some: readonly Decision[],
  others: readonly Decision[],
  from: number,
): readonly Decision[] => {
  const known = new Map([...some, ...others].map((it) => [keyOf(it), it]))
  const newestFirst = [...known.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
  return since(newestFirst, from).slice(0, MOST)
}

/** Without those from before `from`: the same where there is none. `decisions` are newest first. */
export const since = (decisions: readonly Decision[], from: number): readonly Decision[] => {
  const oldest = decisions.at(-1)
  return oldest && Date.parse(oldest.at) < from
    ? decisions.filter(({ at }) => Date.parse(at) >= from)
    : decisions
}

/** Decisions that changed nothing stand behind the newest of them: there is one each few seconds. */
export interface Run {
  readonly newest: Decision
  /** Newest first. */
  readonly others: readonly Decision[]
}

/** `decisions` are newest first, and so are the runs. */
export const runsOf = (decisions: readonly Decision[]): readonly Run[] => {
  const runs: { newest: Decision; others: Decision[] }[] = []
  for (const it of decisions) {
    const run = runs.at(-1)
    const alike =
      run &&
      turnOf(it) === 'same' &&
      turnOf(run.newest) === 'same' &&
      it.to === run.newest.to &&
      it.policy === run.newest.policy &&
      it.shadow === run.newest.shadow
    if (alike) run.others.push(it)
    else runs.push({ newest: it, others: [] })
  }
  return runs
}

/** The one nearest to a time, no further away than `withinMs`. */
export const nearest = (
  decisions: readonly Decision[],
  at: number,
  withinMs: number,
): Decision | undefined => {
  let found: Decision | undefined
  let least = withinMs
  for (const it of decisions) {
    const away = Math.abs(Date.parse(it.at) - at)
    if (away > least) continue
    found = it
    least = away
  }
  return found
}
