/**
 * The HPA leaves a fleet alone where the metric is no more than 10 % off what it should be (`--horizontal-pod-autoscaler-tolerance`). A
 * policy that scales through it must not ask for such a change, and must ask for more than it wants where the maximum is that close.
 */
export const HPA_TOLERANCE = 0.1

/** Guards against 22 / 20 − 1 being 0.10000000000000009. */
const EPSILON = 1e-9

/** Whether an HPA would leave `current` replicas alone when asked for `wanted`. */
export const isTolerated = (current: number, wanted: number, tolerance = HPA_TOLERANCE): boolean =>
  current > 0 && Math.abs(wanted / current - 1) <= tolerance + EPSILON

/** `wanted`, or `current` where the change is too small for an HPA. At the maximum any growth is worth it: see {@link hpaMetric}. */
export const quantise = (current: number, wanted: number, max: number, tolerance = HPA_TOLERANCE): number =>
  isTolerated(current, wanted, tolerance) && !(wanted === max && wanted > current) ? current : wanted

/** Less than the smallest step of a metric that the HPA sees (a thousandth) is none. */
const STEP = 0.001

/**
 * The value, at a target of 1 a replica, that makes an HPA of `current` existing replicas go to `to`: `to` itself, but where that is
 * within its tolerance. There it would keep what exists, which during a rolling update is more than was asked for. At the maximum
 * it gets enough to be beyond its tolerance, and its own `maxReplicas` does the rest; for fewer a little less than `to`, which it
 * rounds up, where that is enough.
 */
export const hpaMetric = (to: number, current: number, max: number, tolerance = HPA_TOLERANCE): number => {
  if (to === current || !isTolerated(current, to, tolerance)) return to
  if (to > current) return to === max ? Math.ceil(current * (1 + tolerance)) + 1 : to
  const below = Math.floor((current * (1 - tolerance)) / STEP - 1) * STEP
  return below > to - 1 ? below : to
}
