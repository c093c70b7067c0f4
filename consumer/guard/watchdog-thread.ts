/**
 * The watchdog's own thread. It looks at the main thread's beat; from a first limit on it remembers what runs, and tells
 * once the loop is free again; at the last limit it says what runs, and where, and ends the process.
 */
import { write } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { mainThreadStack } from './main-thread-stack.ts'
import { Standstill } from './standstill.ts'
import type { StandstillReport, WatchdogData } from './watchdog.ts'
import { type RunningJob, RunningTableView } from './watchdog-table.ts'

const { memory, node, silent, lookMs, warnMs, killMs } = workerData as WatchdogData
const table = new RunningTableView(memory)
const standstill = new Standstill(lookMs, table.beats, performance.now())
/** Standard output may be a pipe that nobody reads: then the line is not waited for. */
const SAY_LIMIT_MS = 1_000

let running: RunningJob[] | undefined
let ending = false

const kill = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

/** As the logger would: it lives in the thread that stands still. */
const end = async (ms: number): Promise<void> => {
  setTimeout(kill, 2 * SAY_LIMIT_MS)
  const line = {
    level: 'fatal',
    time: new Date().toISOString(),
    node,
    standstillMs: Math.round(ms),
    running: table.running(),
    stack: await mainThreadStack(SAY_LIMIT_MS),
    msg: 'the event loop stands still: a handler keeps it; the process ends, to be replaced',
  }
  if (silent) kill()
  else write(1, `${JSON.stringify(line)}\n`, kill)
}

setInterval(() => {
  if (ending) return
  const { ms, ended } = standstill.look(table.beats, performance.now())
  if (ms >= warnMs) running ??= table.running()
  if (running && ended > 0) {
    parentPort?.postMessage({ ms: Math.round(ended), running } satisfies StandstillReport)
    running = undefined
  }
  if (ms < killMs || table.debugged) return
  ending = true
  void end(ms)
}, lookMs)
