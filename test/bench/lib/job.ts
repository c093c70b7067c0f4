/** What a job of the benchmark does, in whichever system it runs. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export interface BenchJob {
  /** When it was due to be submitted, on `process.hrtime`'s clock, which is one for all processes of the machine, ns. */
  readonly due?: string | undefined
  /** How long it waits, ms. */
  readonly ms?: number | undefined
}

/** Jobs that ran are told this often, all at once: a write a job would cost as much as the job. */
const TELL_MS = 100

let file: number | undefined
let lines = ''

const tell = (): void => {
  const folder = process.env['BENCH_STAMPS'] ?? ''
  if (folder === '') return
  file ??= openSync(`${folder}/${process.pid}`, 'a')
  writeSync(file, lines)
  lines = ''
}

process.once('exit', () => {
  if (lines !== '') tell()
  if (file !== undefined) closeSync(file)
})

/** A line a job: when it was due, and when its handler ran, ns. */
const stamp = (due: string): void => {
  if (lines === '') setTimeout(tell, TELL_MS)
  lines += `${due} ${process.hrtime.bigint()}\n`
}

/** Runs it. Of a job that says nothing it is done at once. */
export const runBenchJob = ({ due, ms }: BenchJob): null | Promise<null> => {
  if (due !== undefined) stamp(due)
  return ms === undefined ? null : delay(ms, null)
}
