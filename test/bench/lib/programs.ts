/** Starts the benchmark's own programs, each a process of its own, with the Node that runs the benchmark. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type RunningProcess, startProcess } from '../../support/process.ts'
import type { LibraryName } from '../libraries/index.ts'
import type { Place } from '../libraries/library.ts'

export type ProgramName = 'worker' | 'server' | 'load' | 'adder' | 'schedule'

const pathOf = (name: ProgramName): string =>
  fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))

const base = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  KAFKAJS_NO_PARTITIONER_WARNING: '1',
})

/** A worker or server of a library, ready. */
export const startLibrary = (
  program: 'worker' | 'server',
  library: LibraryName | '',
  place: Place | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> =>
  startProcess(pathOf(program), {
    ...base(),
    LIBRARY: library,
    PLACE: JSON.stringify(place ?? {}),
    ...env,
  })

const isMessage = (message: unknown): message is Record<string, unknown> => message instanceof Object

/**
 * Runs one that measures, until its report. `onMeasuring` is called as it begins to measure.
 * @throws Error where it fails, or takes longer than `limitMs`
 */
export const runProgram = <Report>(
  name: ProgramName,
  env: Readonly<Record<string, string>>,
  limitMs: number,
  onMeasuring: () => void = () => {},
): Promise<Report> => {
  const child: ChildProcess = fork(pathOf(name), [], {
    env: { ...base(), ...env },
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
  })
  const killed = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', killed)
  const { promise, resolve, reject } = Promise.withResolvers<Report>()
  const timer = setTimeout(() => reject(new Error(`${name} took longer than ${limitMs} ms`)), limitMs)
  child.on('message', (message) => {
    if (!isMessage(message)) return
    if ('measuring' in message) onMeasuring()
    if ('report' in message) resolve(message['report'] as Report)
    if ('failure' in message) reject(new Error(`${name}: ${String(message['failure'])}`))
  })
  child.once('exit', (code, signal) => reject(new Error(`${name} ended with ${code ?? signal}`)))
  return promise.finally(() => {
    clearTimeout(timer)
    process.off('exit', killed)
    child.kill('SIGKILL')
  })
}
