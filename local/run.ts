/** `make run`: everything on one machine until a signal comes, then the way back in reverse, with nothing left running. */
import { relative, resolve } from 'node:path'
import { readConfig } from '../core/config.ts'
import { checkDataDir, checkPort } from './externals.ts'
import { descendantsOf } from './identity.ts'
import { takeLock } from './lock.ts'
import { followLines, newsOnly } from './log-lines.ts'
import { logFile, logFolder, rotateLogs } from './logs.ts'
import { endLeftovers } from './records.ts'
import { type Context, type Programs, provideServers, type Stack, startProduct, stopLimits } from './steps.ts'
import { failureLines, type Say, sayTo, since, welcome } from './terminal.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and make hand on the signal that the terminal has sent to us already: that one is no second signal. */
const SAME_SIGNAL_MS = 1_000

/** Errors in the logs of the master, the scaler and the workers, a line each. The function returned ends that. */
const tellErrors = (dataDir: string, say: Say): (() => void) => {
  const followers = ['master', 'scaler'].map((name) =>
    followLines(
      logFile(dataDir, name),
      newsOnly(({ node, text }) => say(node ?? name, text)),
    ),
  )
  return () => {
    for (const stop of followers) stop()
  }
}

/** Ends whatever descends from us by force. */
const killAll = (): void => {
  for (const pid of descendantsOf(process.pid)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

/** Ends what is on the stack, the last first. After `limitMs` what is left is ended by force. */
const stopAll = async (stack: Stack, limitMs: number, say: Say): Promise<void> => {
  const timer = setTimeout(() => {
    say('stop', `not all has ended within ${limitMs / 1000} s: the rest is killed`)
    killAll()
  }, limitMs)
  for (const { part } of stack.toReversed()) await part.stop()
  clearTimeout(timer)
}

/**
 * Runs everything; resolves with the exit code when all has ended: 0 after a signal, 1 where something could not be
 * started (said in one line), 130 after a second signal.
 */
export const runLocal = async (
  programs: Programs,
  env: NodeJS.ProcessEnv,
  write: (line: string) => void,
): Promise<number> => {
  const say = sayTo(write)
  const stack: Stack = []
  const cleanups: (() => void)[] = []
  const stopping = new AbortController()
  const asked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
  let limitMs = 20_000
  let signalledAt: number | undefined
  let code = 0

  const onSignal = (): void => {
    if (signalledAt === undefined) {
      signalledAt = performance.now()
      say('stop', 'ending… (once more to force it)')
      stopping.abort()
    } else if (performance.now() - signalledAt > SAME_SIGNAL_MS) {
      code = 130
      killAll()
    }
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)

  try {
    const config = readConfig(env, 'master')
    limitMs = stopLimits(config, env).wholeMs
    const dataDir = resolve(config.dataDir)
    checkDataDir(dataDir)
    const taken = (pid: number): string =>
      `another \`make run\` (pid ${pid}) uses ${config.dataDir}: end it, or set DATA_DIR to another folder`
    cleanups.push(takeLock(resolve(dataDir, 'run', 'lock'), taken))
    const left = await endLeftovers(dataDir)
    if (left.length > 0) say('cleanup', `ended what an earlier run had left: ${left.join(', ')}`)
    await checkPort(config.http.port, config.http.host)
    rotateLogs(dataDir)
    const context: Context = { config, env, dataDir, say, stack, signal: stopping.signal }
    const servers = await provideServers(context)
    cleanups.push(tellErrors(dataDir, say))
    const url = await startProduct(context, programs, servers)
    const logs = logFolder(relative(process.cwd(), dataDir).startsWith('..') ? dataDir : config.dataDir)
    for (const line of welcome(url, logs, config.http.tokens)) write(line)
    await asked
  } catch (error) {
    if (!stopping.signal.aborted) {
      code = 1
      for (const line of failureLines(error)) write(line)
    }
  }
  const started = performance.now()
  await stopAll(stack, limitMs, say)
  if (stopping.signal.aborted) say('stop', `all has ended (${since(started)})`)
  for (const cleanup of cleanups.reverse()) cleanup()
  return code
}
