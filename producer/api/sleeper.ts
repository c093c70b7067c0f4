/** Sleeps until `ms` are over, the signal aborts, or it is woken; a wake before the sleep ends that at once. */
export const sleeper = (signal: AbortSignal) => {
  let woken = false
  let end = (): void => {}
  return {
    wake: (): void => {
      woken = true
      end()
    },
    /** Resolves to whether it was woken. */
    sleep: async (ms: number): Promise<boolean> => {
      if (!woken && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        end = resolve
        const timer = setTimeout(resolve, ms)
        signal.addEventListener('abort', end, { once: true })
        await promise
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
      }
      const early = woken
      woken = false
      return early
    },
  }
}
