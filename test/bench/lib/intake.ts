/** How fast jobs are taken: by a server, from a load client, or by a library's call, from a process that does nothing else. */
import type { RunningProcess } from '../../support/process.ts'
import { cpuMs } from '../../support/usage.ts'
import type { Installation } from '../contestants/contestant.ts'
import type { AddReport } from '../programs/adder.ts'
import type { LoadReport } from '../programs/load.ts'
import { runProgram } from './programs.ts'

const WARM_MS = 1_000
/** Beyond the measurement itself. */
const SPARE_MS = 30_000

export interface Taken {
  readonly 'jobs/s': number
  /** Of the process that takes or adds them. */
  readonly 'CPU µs/job': number
  /** Of an answer. */
  readonly 'p50 ms'?: number
  readonly 'p99 ms'?: number
  /** Processors that the load client kept busy. */
  readonly 'client CPU'?: number
}

export interface HttpLoad {
  readonly path: string
  readonly body: string
  readonly contentType: string
  readonly connections: number
  /** In a request. */
  readonly jobs: number
}

const times = (seconds: number): Record<string, string> => ({
  WARM_MS: String(WARM_MS),
  MEASURE_MS: String(seconds * 1_000),
})

export const measureHttp = async (
  server: RunningProcess,
  seconds: number,
  { path, body, contentType, connections, jobs }: HttpLoad,
): Promise<Taken> => {
  let before = 0
  const env = {
    PORT: String(server.port),
    URL_PATH: path,
    BODY: body,
    CONTENT_TYPE: contentType,
    LINES: String(jobs),
    CONNECTIONS: String(connections),
    ...times(seconds),
  }
  const report = await runProgram<LoadReport>('load', env, seconds * 1_000 + SPARE_MS, () => {
    before = cpuMs(server.pid)
  })
  const all = report.answers * jobs
  return {
    'jobs/s': all / report.seconds,
    'CPU µs/job': ((cpuMs(server.pid) - before) * 1_000) / all,
    'p50 ms': report.p50,
    'p99 ms': report.p99,
    'client CPU': report.clientCpuMs / 1_000 / report.seconds,
  }
}

export const measureAdding = async (
  { name, place }: NonNullable<Installation['library']>,
  seconds: number,
  { calls, jobs, payload }: { readonly calls: number; readonly jobs: number; readonly payload: unknown },
): Promise<Taken> => {
  const env = {
    LIBRARY: name,
    PLACE: JSON.stringify(place),
    PAYLOAD: JSON.stringify(payload),
    CALLS: String(calls),
    JOBS: String(jobs),
    ...times(seconds),
  }
  const report = await runProgram<AddReport>('adder', env, seconds * 1_000 + SPARE_MS)
  return {
    'jobs/s': report.jobs / report.seconds,
    'CPU µs/job': (report.cpuMs * 1_000) / report.jobs,
  }
}
