/** The scaling loop: observe → decide → hand on, again and again. */
import type { Decision } from '../core/events/event.ts'
import type { Observation, Policy } from './policy/policy.ts'

/** A policy's period of 15 s must be over when the next decision looks back on it: a timer may come a little early. */
const MARGIN_MS = 5

/** The pace of a policy that is asked all the time, ms: faster while there is no worker, so that work wakes one at once. */
export const paceOf = (replicas: number | undefined): number => (replicas === 0 ? 250 : 1_000)

export interface LoopParts<State> {
  readonly policy: Policy<State>
  /** What is seen now; undefined: nothing that is fresh enough to decide on. */
  readonly observe: () => Observation | undefined
  readonly onDecision: (decision: Decision, observation: Observation) => void
  /** Comes in place of a decision. */
  readonly onBlind: () => void
  /** Time until the next decision, asked for after each, ms. */
  readonly intervalMs: () => number
}

/** Starts the loop; returns how to stop it. */
export const startLoop = <State>(parts: LoopParts<State>): (() => void) => {
  const { policy, observe, onDecision, onBlind, intervalMs } = parts
  let state = policy.initial
  let timer: NodeJS.Timeout | undefined
  const plan = (): void => {
    timer = setTimeout(tick, intervalMs() + MARGIN_MS)
  }
  const tick = (): void => {
    const observation = observe()
    if (observation) {
      const step = policy.decide(state, observation)
      state = step.state
      onDecision(step.decision, observation)
    } else onBlind()
    plan()
  }
  plan()
  return () => clearTimeout(timer)
}
