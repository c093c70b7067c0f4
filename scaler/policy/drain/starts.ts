/** How long workers take to start, as it is seen: the setting is only a first guess, and a busy machine takes longer. */

/** The last growth of the fleet, as it was seen. */
export interface Start {
  /** Replicas at the last decision; undefined before the first. */
  readonly replicas: number | undefined
  readonly at: number
  /** Not all of its workers have been Ready yet. */
  readonly underWay: boolean
  /** How long it takes until they are, ms; undefined: it was not seen yet. */
  readonly takesMs: number | undefined
}

export const noStart: Start = { replicas: undefined, at: 0, underWay: false, takesMs: undefined }

/** Of what the last start took, the share that counts beside what starts took before. */
const NEWS = 0.5

/** Takes note of workers that are asked for, and of those that have become Ready. */
export const seeStart = (start: Start, at: number, replicas: number, ready: number): Start => {
  if (start.replicas !== undefined && replicas > start.replicas)
    return { ...start, replicas, at, underWay: true }
  if (replicas !== start.replicas) return { ...start, replicas, underWay: false }
  if (!start.underWay || ready < replicas) return start
  const took = Math.max(0, at - start.at)
  const { takesMs = took } = start
  return { ...start, underWay: false, takesMs: takesMs + NEWS * (took - takesMs) }
}

/** How long a start takes, ms: at least as long as the one that is under way has taken already. */
export const startupOf = (
  { at: askedAt, underWay, takesMs }: Start,
  at: number,
  expectedMs: number,
): number => Math.max(takesMs ?? expectedMs, underWay ? at - askedAt : 0)
