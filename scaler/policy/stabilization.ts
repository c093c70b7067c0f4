/**
 * The stabilization windows of an HPA: what was recommended lately keeps replicas from going to and fro
 * (Kubernetes 1.34, pkg/controller/podautoscaler/horizontal.go).
 */
import { type FullBehavior, remember } from './behavior.ts'

/** What the metric alone asked for at a time, before any limit. */
export interface Recommendation {
  readonly at: number
  readonly replicas: number
}

/** The state of being stabilized: replicas to go for, and by what window where it is not what the metric asks for. */
export interface Stabilized {
  readonly replicas: number
  /** The recommendation that decided, and its window, s. */
  readonly remembered: { readonly replicas: number; readonly windowSeconds: number } | undefined
  readonly recommendations: readonly Recommendation[]
}

/**
 * With a behavior: the current replicas, raised to the least recommendation of the window up and lowered to the
 * largest of the window down. What was recommended exactly a window ago counts no more.
 */
export const stabilize = (
  recommendations: readonly Recommendation[],
  current: number,
  wanted: number,
  behavior: FullBehavior,
  nowMs: number,
): Stabilized => {
  const upSeconds = behavior.scaleUp.stabilizationWindowSeconds
  const downSeconds = behavior.scaleDown.stabilizationWindowSeconds
  const within = (seconds: number): number[] =>
    recommendations.filter(({ at }) => at > nowMs - seconds * 1000).map(({ replicas }) => replicas)
  const least = Math.min(wanted, ...within(upSeconds))
  const largest = Math.max(wanted, ...within(downSeconds))
  const replicas = Math.min(Math.max(current, least), largest)
  const oldest = nowMs - Math.max(upSeconds, downSeconds) * 1000
  return {
    replicas,
    remembered:
      replicas === wanted
        ? undefined
        : replicas < wanted
          ? { replicas: least, windowSeconds: upSeconds }
          : { replicas: largest, windowSeconds: downSeconds },
    recommendations: remember(recommendations, { at: nowMs, replicas: wanted }, ({ at }) => at < oldest),
  }
}

/**
 * Without a behavior: the largest recommendation of the controller's window, even where it is more than there are
 * replicas now; so such an HPA goes on growing for a burst that is over.
 */
export const stabilizeWithoutBehavior = (
  recommendations: readonly Recommendation[],
  wanted: number,
  windowSeconds: number,
  nowMs: number,
): Stabilized => {
  const oldest = nowMs - windowSeconds * 1000
  const replicas = Math.max(
    wanted,
    ...recommendations.filter(({ at }) => at >= oldest).map((it) => it.replicas),
  )
  return {
    replicas,
    remembered: replicas === wanted ? undefined : { replicas, windowSeconds },
    recommendations: remember(recommendations, { at: nowMs, replicas: wanted }, ({ at }) => at < oldest),
  }
}
