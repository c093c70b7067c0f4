/** Which jobs of a run fail, and how often: chosen at random, and the same in each run with the same seed. */

/** Most failed attempts of a job. */
const MAX_FAILURES = 3

export interface Failures {
  /** Of the jobs, 0 to 1. */
  readonly share: number
  /** Longest wait between two attempts, milliseconds. */
  readonly backoffMs: number
  readonly seed: number
}

/** Uniform in [0, 1), by the finalizer of MurmurHash3 (32 bits). */
const uniform = (seed: number, n: number): number => {
  let h = Math.imul(n, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/** How many attempts of a job fail: 0, or 1 to 3. */
export const failuresOf = ({ share, seed }: Pick<Failures, 'share' | 'seed'>, job: number): number =>
  uniform(seed, 2 * job) < share ? 1 + Math.floor(uniform(seed, 2 * job + 1) * MAX_FAILURES) : 0

/** Bodies that say how often the job fails, by that number; the wait between attempts is random, up to the backoff. */
export const failingBodies = (
  type: string,
  payload: object,
  { backoffMs }: Pick<Failures, 'backoffMs'>,
): object[] =>
  Array.from({ length: MAX_FAILURES + 1 }, (_, failures) =>
    failures === 0
      ? { type, payload }
      : // More attempts than it needs: workers may come and go meanwhile.
        {
          ...{ type, payload: { ...payload, failures } },
          ...{ maxAttempts: 10, backoffMs, maxBackoffMs: backoffMs },
        },
  )
