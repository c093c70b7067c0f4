/** Keeps a part running: one that ends by itself is started again, after a wait that doubles while it keeps ending. */
import { setTimeout as delay } from 'node:timers/promises'
import { toError } from '../core/errors.ts'
import { describeExit, type Exit } from './process.ts'

/** What can be supervised: a process, or a server made of one. */
export interface Part {
  readonly exited: Promise<Exit>
  stop(): Promise<Exit>
  kill(): void
}

export interface Supervised {
  /** Ends the part, or its next start; resolves when nothing of it runs. */
  stop(): Promise<void>
  /** Ends it by force, at once. */
  kill(): void
}

export interface Waits {
  /** The first wait, ms; it doubles with every end. */
  readonly firstMs: number
  readonly longestMs: number
  /** Having run this long, ms, a part starts from the first wait again. */
  readonly steadyMs: number
}

const usual: Waits = { firstMs: 500, longestMs: 30_000, steadyMs: 60_000 }

/** The wait before the start after the `ends`th end in a row (from 1), ms. */
export const waitBefore = (ends: number, { firstMs, longestMs }: Omit<Waits, 'steadyMs'>): number =>
  Math.min(longestMs, firstMs * 2 ** (ends - 1))

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

/**
 * Takes over a part that runs. `start` makes the next one; it gives up when its signal is aborted. `say` gets a line
 * for each end and each new start.
 */
export const supervise = (
  first: Part,
  start: (signal: AbortSignal) => Promise<Part>,
  say: (line: string) => void,
  waits: Waits = usual,
): Supervised => {
  const stopping = new AbortController()
  let part: Part | undefined = first

  const restart = async (why: string, ends: number): Promise<{ part: Part; ends: number }> => {
    const wait = waitBefore(ends, waits)
    say(`${why}; starting it again in ${seconds(wait)}`)
    await delay(wait, undefined, { signal: stopping.signal })
    try {
      return { part: await start(stopping.signal), ends }
    } catch (error) {
      stopping.signal.throwIfAborted()
      return restart(toError(error).message, ends + 1)
    }
  }

  const watch = async (): Promise<void> => {
    let ends = 0
    while (part !== undefined) {
      const since = performance.now()
      const exit = await part.exited
      if (stopping.signal.aborted) return
      part = undefined
      ends = performance.now() - since > waits.steadyMs ? 1 : ends + 1
      const next = await restart(`ended by itself (${describeExit(exit)})`, ends)
      ends = next.ends
      part = next.part
      if (stopping.signal.aborted) return
      say('runs again')
    }
  }
  // The only failure is that a restart was given up.
  const watching = watch().catch(() => {})

  return {
    stop: async () => {
      stopping.abort()
      await part?.stop()
      await watching
      // A start that had succeeded just before it could be given up.
      await part?.stop()
    },
    kill: () => part?.kill(),
  }
}
