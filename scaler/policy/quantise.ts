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

/**
 * The value, at a target of 1 a replica, that makes an HPA of `current` replicas go to `to`: `to` itself, but where that is
 * within its tolerance and the maximum: then enough to be beyond it, and the HPA's own `maxReplicas` does the rest.
 */
export const hpaMetric = (to: number, current: number, max: number, tolerance = HPA_TOLERANCE): number =>
  to === max && to > current && isTolerated(current, to, tolerance)
    ? Math.ceil(current * (1 + tolerance)) + 1
    : to
