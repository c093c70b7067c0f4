/**
 * Start and stop of a process: parts start in order and stop in reverse, once, within a limit.
 *
 * States: starting → running → stopping → gone. SIGTERM, SIGINT, and the end of the parent (the IPC channel closes)
 * move starting and running to stopping; a second signal ends the process at once. What fails outside of every
 * `try`, and no part takes as its own, is logged and stops the process with exit code 1, so that its supervisor replaces it.
 */
import { flushCompileCache } from 'node:module'
import { toError } from './errors.ts'
import { type Logger, logWritten } from './telemetry/logger.ts'

export interface Lifecycle {
  /** Registers how to stop the part that has just started. Called in reverse order; a failure does not stop the rest. */
  onStop(name: string, stop: () => Promise<unknown> | unknown): void
  /** Stops the process, as a signal would. */
  stop(reason: string, exitCode?: number): void
  /** Asks `takes` about what fails outside of every `try`, before it stops the process: true says that it is dealt with. */
  onUncaught(takes: (thrown: unknown) => boolean): void
  /** Aborted when stopping begins. */
  readonly stopping: AbortSignal
}

/** What a child tells its parent once it does its work. */
export interface ReadyMessage {
  readonly ready: true
  readonly port?: number
}

export const isReadyMessage = (message: unknown): message is ReadyMessage =>
  message instanceof Object && 'ready' in message && message.ready === true

/** What the last lines of the log get to be written in, ms. */
const LAST_WORDS_MS = 1_000

/** Ends the process, its last words said: a handler of `exit` may kill it before they are written from their thread. */
const leave = async (log: Logger, exitCode: number): Promise<void> => {
  await logWritten(log, LAST_WORDS_MS)
  process.exit(exitCode)
}

/**
 * Runs a process until it is told to stop. `main` starts the parts and resolves when the process is ready.
 * `limitMs` bounds the whole stop: whatever still hangs then is left behind, and said.
 */
export const runProcess = (
  log: Logger,
  limitMs: number,
  main: (lifecycle: Lifecycle) => Promise<Omit<ReadyMessage, 'ready'>>,
): void => {
  const parts: { name: string; stop: () => Promise<unknown> | unknown }[] = []
  const stopping = new AbortController()
  const takers: ((thrown: unknown) => boolean)[] = []

  const stop = (reason: string, exitCode = 0): void => {
    if (stopping.signal.aborted) return
    stopping.abort()
    log.info({ reason }, 'stopping')
    const timer = setTimeout(() => {
      log.error({ limitMs }, 'stop took too long; leaving')
      void leave(log, 1)
    }, limitMs)
    timer.unref()
    void (async () => {
      for (const part of parts.reverse()) {
        try {
          await part.stop()
        } catch (error) {
          log.error({ err: error, part: part.name }, 'a part did not stop cleanly')
        }
      }
      log.info('stopped')
      await leave(log, exitCode)
    })()
  }

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(130)
    stop(signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  if (process.send) {
    process.once('disconnect', () => stop('the parent has ended'))
    // It may have ended while this process was still loading; then the event is past.
    if (!process.connected) stop('the parent has ended')
  }
  const crash = (what: string) => (thrown: unknown) => {
    if (takers.some((takes) => takes(thrown))) return
    log.fatal({ err: toError(thrown) }, what)
    stop(what, 1)
  }
  process.on('uncaughtException', crash('uncaught exception'))
  process.on('unhandledRejection', crash('unhandled rejection'))

  const lifecycle: Lifecycle = {
    onStop: (name, stopPart) => parts.push({ name, stop: stopPart }),
    stop,
    onUncaught: (takes) => takers.push(takes),
    stopping: stopping.signal,
  }
  main(lifecycle).then(
    (about) => {
      log.info(about, 'ready')
      // With NODE_COMPILE_CACHE: else what was compiled is written at the end only, too late for those that start meanwhile.
      flushCompileCache()
      if (process.connected) process.send?.({ ready: true, ...about } satisfies ReadyMessage)
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) crash(toError(error).message)(error)
    },
  )
}
