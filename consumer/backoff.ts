/**
 * Exponential backoff with full jitter: a random wait between 0 and the step, which doubles up to a limit.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export interface BackoffSettings {
  /** The first step. */
  readonly backoffMs: number
  /** The longest. */
  readonly maxBackoffMs: number
}

/** Milliseconds to wait after failed attempt number `attempt` (1 for the first); `random` is in [0, 1). */
export const waitAfter = (
  attempt: number,
  { backoffMs, maxBackoffMs }: BackoffSettings,
  random: number,
): number => Math.floor(random * Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(attempt - 1, 52)))
