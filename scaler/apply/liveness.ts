/** What a kubelet's liveness probe does: asks a process again and again whether it is well, and gives it up where it is not. */
export interface LivenessProbe {
  readonly periodMs: number
  readonly timeoutMs: number
  /** Answers in a row that are missing or no success, after which it is given up. */
  readonly failureThreshold: number
}

/** A kubelet's own defaults, with a little more time to answer on a machine that does everything at once. */
export const defaultProbe: LivenessProbe = { periodMs: 10_000, timeoutMs: 3_000, failureThreshold: 3 }

/** Asks `url` until stopped; calls `onDead` once, with what the last answer was. */
export const watchLiveness = (
  url: string,
  { periodMs, timeoutMs, failureThreshold }: LivenessProbe,
  onDead: (why: string) => void,
): { stop(): void } => {
  let failures = 0
  const ask = async (): Promise<string | undefined> => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
      const text = await answer.text()
      return answer.ok ? undefined : `${answer.status} ${text}`
    } catch (error) {
      return String(error)
    }
  }
  let asking = false
  const timer = setInterval(async () => {
    if (asking) return
    asking = true
    const why = await ask()
    asking = false
    failures = why === undefined ? 0 : failures + 1
    if (why === undefined || failures < failureThreshold) return
    clearInterval(timer)
    onDead(why)
  }, periodMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
