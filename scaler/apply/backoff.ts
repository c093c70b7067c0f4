/** When a worker that ended by itself is started again: sooner at first, as a kubelet does with crashing containers. */
export interface Backoff {
  /** Wait after the first end, ms; doubled with each further one. */
  readonly firstMs: number
  readonly maxMs: number
  /** A worker that ran this long, ms, has earned a fresh start: the next wait is the first again. */
  readonly resetAfterMs: number
}

export const defaultBackoff: Backoff = { firstMs: 500, maxMs: 30_000, resetAfterMs: 60_000 }

/** The wait, ms, after an end of a worker that ran `ranMs`, with `ends` ends in a row before it; and the new count. */
export const restartAfter = (
  ends: number,
  ranMs: number,
  { firstMs, maxMs, resetAfterMs }: Backoff,
): { delayMs: number; ends: number } => {
  const before = ranMs >= resetAfterMs ? 0 : ends
  return { delayMs: Math.min(maxMs, firstMs * 2 ** before), ends: before + 1 }
}
