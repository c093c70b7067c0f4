/** Policies that look at nothing: what others are compared with. */
import type { Policy } from '../policy/policy.ts'

/** The same number of workers, always. */
export const staticPolicy = (replicas: number): Policy<null> => ({
  initial: null,
  decide: (state, { at, replicas: from }) => ({
    state,
    decision: { at: new Date(at).toISOString(), from, to: replicas, reason: 'static' },
  }),
})

/** Replicas from a time on, ms. */
export interface PlanStep {
  readonly fromMs: number
  readonly replicas: number
}

/** A plan that was made before, in order of time; the last step that has begun holds. */
export const plannedPolicy = (plan: readonly PlanStep[]): Policy<number> => ({
  initial: 0,
  decide: (index, { at, replicas: from }) => {
    let now = index
    while ((plan[now + 1]?.fromMs ?? Number.POSITIVE_INFINITY) <= at) now++
    const to = plan[now]?.replicas ?? from
    return { state: now, decision: { at: new Date(at).toISOString(), from, to, reason: 'planned' } }
  },
})
