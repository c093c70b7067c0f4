/** The frame of the benchmark's own processes: ready when they say so, ended by SIGTERM or the end of their parent. */

/** Runs a program. `start` gives its port, if it has one, and how to stop it. */
export const runChild = async (
  start: () => Promise<{ readonly port?: number; stop(): Promise<unknown> }>,
): Promise<void> => {
  const { port, stop } = await start()
  let stopping = false
  const leave = (): void => {
    if (stopping) return
    stopping = true
    const late = setTimeout(() => process.exit(1), 10_000)
    late.unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', leave)
  process.once('disconnect', leave)
  process.send?.({ ready: true, ...(port === undefined ? {} : { port }) })
}

/** What the parent has set for this program. @throws Error where it has not */
export const setting = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} must be set`)
  return value
}
