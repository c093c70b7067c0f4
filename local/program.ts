/** The product's own processes: Node programs that say over IPC when they are ready (see core/lifecycle.ts). */
import { appendFileSync, mkdirSync } from 'node:fs'
import { AppError } from '../core/errors.ts'
import { leanEnv, leanFlags } from '../core/lean.ts'
import { isReadyMessage } from '../core/lifecycle.ts'
import { summarize } from './log-lines.ts'
import { logFile, logFolder, readLog } from './logs.ts'
import { describeExit, type Exit, type Running, startProcess } from './process.ts'
import { runTool } from './tool.ts'

export interface ProgramSpec {
  readonly name: string
  /** Path of its main file. */
  readonly script: string
  readonly dataDir: string
  readonly env: NodeJS.ProcessEnv
  readonly stopLimitMs: number
}

export interface Program extends Running {
  /** Where it listens, if it said so. */
  readonly port: number | undefined
}

const READY_LIMIT_MS = 120_000
/** kafkajs computes waits that are over already; Node sets them to 1 ms and warns each process once. The scaler and the master hand these on to theirs. */
const NODE_OPTIONS = ['--disable-warning=TimeoutNegativeWarning', ...leanFlags]

/** Starts a program and waits until it is ready. @throws AppError SETUP_FAILED with what it said last */
export const startProgram = async (spec: ProgramSpec, signal?: AbortSignal): Promise<Program> => {
  const { name, script, dataDir } = spec
  signal?.throwIfAborted()
  const before = readLog(dataDir, name).length
  const running = await startProcess({
    ...spec,
    env: { ...leanEnv, ...spec.env },
    command: process.execPath,
    args: [...NODE_OPTIONS, script],
    mark: script,
    stopSignal: 'SIGTERM',
    ipc: true,
  })
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const fail = (what: string): void => {
    const said = summarize(readLog(dataDir, name).slice(before))
    reject(new AppError('SETUP_FAILED', `${name} ${what}: ${said} (${logFile(dataDir, name)})`))
  }
  running.child.on('message', (message) => {
    if (isReadyMessage(message)) resolve(message.port)
  })
  void running.exited.then((exit: Exit) => fail(`ended while starting (${describeExit(exit)})`))
  const timer = setTimeout(() => fail(`was not ready within ${READY_LIMIT_MS / 1000} s`), READY_LIMIT_MS)
  const abort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return { ...running, port: await promise }
  } catch (error) {
    await running.stop()
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Runs a program to its end. @throws AppError SETUP_FAILED with what it said last, if it did not end well */
export const runProgram = async (
  { name, script, dataDir, env }: Omit<ProgramSpec, 'stopLimitMs'>,
  signal?: AbortSignal,
): Promise<void> => {
  const { code, output } = await runTool(process.execPath, [...NODE_OPTIONS, script], {
    env: { ...leanEnv, ...env },
    signal,
  })
  mkdirSync(logFolder(dataDir), { recursive: true })
  appendFileSync(logFile(dataDir, name), output)
  if (code !== 0) {
    throw new AppError('SETUP_FAILED', `${name} failed: ${summarize(output)} (${logFile(dataDir, name)})`)
  }
}
