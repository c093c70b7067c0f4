/**
 * Exponential backoff with full jitter: a random wait between 0 and the step, which doubles up to a limit.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export interface BackoffSettings {
  readonly baseMs: number
  readonly limitMs: number
}

/** Waits in memory are short: a job that waits holds its place in the window and its key. */
export const inMemoryBackoff: BackoffSettings = { baseMs: 200, limitMs: 2_000 }

/** Milliseconds to wait after failed attempt number `attempt` (1 for the first); `random` is in [0, 1). */
export const backoffMs = (attempt: number, { baseMs, limitMs }: BackoffSettings, random: number): number =>
  Math.floor(random * Math.min(limitMs, baseMs * 2 ** (attempt - 1)))
