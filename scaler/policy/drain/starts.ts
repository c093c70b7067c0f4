/** How long workers take to start, as it is seen: the setting is only a first guess, and a busy machine takes longer. */

/** The last growth of the fleet, as it was seen. */
export interface Start {
  /** Replicas at the last decision; undefined before the first. */
  readonly replicas: number | undefined
  readonly at: number
  /** Not all of its workers have been Ready yet. */
  readonly underWay: boolean
  /** What it takes because they are several, ms. */
  readonly togetherMs: number
  /** How long a start takes, but for that, ms; undefined: it was not seen yet. */
  readonly takesMs: number | undefined
}

export const noStart: Start = {
  replicas: undefined,
  at: 0,
  underWay: false,
  togetherMs: 0,
  takesMs: undefined,
}

/** Of what the last start took, the share that counts beside what starts took before. */
const NEWS = 0.5
/**
 * Time in which all but a third (1/e) of what was seen is forgotten, ms. While starts are taken to be long no work is worth one, and none
 * is seen: pods that had no room for half an hour would else keep the fleet small for ever.
 */
const FORGET_MS = 600_000

/** What starts are remembered to take, ms: what was seen, and as it gets older what was expected before. */
const remembered = ({ at: askedAt, takesMs }: Start, at: number, expectedMs: number): number =>
  takesMs === undefined
    ? expectedMs
    : expectedMs + (takesMs - expectedMs) * Math.exp(-Math.max(0, at - askedAt) / FORGET_MS)

/** Takes note of workers that are asked for, and of those that have become Ready. `eachMs`: what each but the first adds to a start. */
export const seeStart = (
  start: Start,
  at: number,
  replicas: number,
  ready: number,
  expectedMs: number,
  eachMs: number,
): Start => {
  if (start.replicas !== undefined && replicas > start.replicas) {
    const takesMs = start.takesMs === undefined ? undefined : remembered(start, at, expectedMs)
    return { replicas, at, underWay: true, togetherMs: eachMs * (replicas - start.replicas - 1), takesMs }
  }
  if (replicas !== start.replicas) return { ...start, replicas, underWay: false }
  if (!start.underWay || ready < replicas) return start
  const took = Math.max(0, at - start.at - start.togetherMs)
  const { takesMs = took } = start
  return { ...start, underWay: false, takesMs: takesMs + NEWS * (took - takesMs) }
}

/** How long a start of one worker takes, ms: at least as long as the one that is under way has taken already. */
export const startupOf = (start: Start, at: number, expectedMs: number): number =>
  Math.max(remembered(start, at, expectedMs), start.underWay ? at - start.at - start.togetherMs : 0)
