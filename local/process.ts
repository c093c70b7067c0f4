/**
 * Foreign processes: each in a process group of its own (Ctrl-C reaches only the supervisor, which then ends them in
 * order), its output in a log file, and a run record from which the next supervisor ends it should this one be killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { AppError, codeOf } from '../core/errors.ts'
import { descendantsOf, identify } from './identity.ts'
import { withLog } from './logs.ts'
import { type RunRecord, removeRecord, writeRecord } from './records.ts'

export interface ProcessSpec {
  /** Names its log and its record; at most one process of a name runs in a data folder. */
  readonly name: string
  readonly dataDir: string
  readonly command: string
  readonly args: readonly string[]
  /** See {@link RunRecord}. */
  readonly mark: string
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  readonly stopSignal: RunRecord['stopSignal']
  /** How long it may take to leave before it is killed, ms. */
  readonly stopLimitMs: number
  /** Opens an IPC channel, for Node programs: it closes when the supervisor ends, however that comes about. */
  readonly ipc?: boolean
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<Exit>
  /** Ends it, by force after the limit; may be called again. */
  stop(): Promise<Exit>
  /** Ends it, and all that descend from it, by force. */
  kill(): void
}

/** In words: `exit code 1`, `signal SIGKILL`. */
export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}`

/** Ends a process and all that descend from it by force: some of them lead groups of their own. */
const killTree = (pid: number): void => {
  for (const each of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

/** Starts a process. @throws AppError SETUP_FAILED where that can't be done */
export const startProcess = async (spec: ProcessSpec): Promise<Running> => {
  const { name, dataDir, command, args, env, stopSignal } = spec
  const child = withLog(dataDir, name, (log) =>
    spawn(command, args, {
      env,
      stdio: spec.ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      detached: true,
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...(spec.user ?? {}),
    }),
  )
  const exited = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => {
      removeRecord(dataDir, name)
      resolve({ code, signal })
    }),
  )
  const { pid } = child
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve))
    throw new AppError('SETUP_FAILED', `${name}: ${command} can’t be started (${codeOf(error)})`, {
      cause: error,
    })
  }
  // Signals to a process that has ended, and messages to a closed channel, are of no interest.
  child.on('error', () => {})
  const started = identify(pid)?.started
  if (started !== undefined) writeRecord(dataDir, { name, pid, started, mark: spec.mark, stopSignal })

  let stopping: Promise<Exit> | undefined
  return {
    pid,
    child,
    exited,
    stop: () => {
      stopping ??= (async () => {
        const timer = setTimeout(() => killTree(pid), spec.stopLimitMs)
        child.kill(stopSignal)
        const exit = await exited
        clearTimeout(timer)
        return exit
      })()
      return stopping
    },
    kill: () => killTree(pid),
  }
}
