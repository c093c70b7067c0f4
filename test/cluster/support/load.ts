/**
 * Load from a pod inside: `producer/load/main.ts` of the image under test, through the Service as an ingress would. Its pod may talk to the
 * master by a NetworkPolicy of the tests' overlay.
 */
import type { Report } from '../../../producer/load/report.ts'
import type { Api } from './api.ts'
import { kubectl } from './kubectl.ts'
import { namespace } from './names.ts'
import { runPod } from './run-pod.ts'

export interface Load {
  /** Of its pod. */
  readonly name: string
  readonly jobs: number
  /** What each job sleeps, ms. */
  readonly ms: number
  /** Jobs a request; unset: each its own. */
  readonly batch?: number
  /** Jobs/s; unset: as fast as they are answered. */
  readonly rate?: number
  readonly keys?: number
  readonly connections?: number
}

export interface RunningLoad {
  /** No more submissions; the report then says `interrupted`, and leaves open what becomes of jobs that have not ended. */
  stop(): Promise<void>
  /** The report, once every job has ended or is given up. @throws Error with the pod's log where there is none */
  readonly report: Promise<Report>
}

/** Seconds in which no job ends until those that are left count as lost. */
const PATIENCE_S = 90

const option = (name: string, value: number | undefined): string[] =>
  value === undefined ? [] : [`--${name}`, String(value)]

const argumentsOf = ({ jobs, ms, batch, rate, keys, connections }: Load): string[] => [
  'producer/load/main.ts',
  ...['--url', 'http://backend-master', '--json', '--timeout', String(PATIENCE_S)],
  ...['--type', 'sleep', '--payload', JSON.stringify({ ms })],
  ...option('jobs', jobs),
  ...option('batch', batch),
  ...option('rate', rate),
  ...option('keys', keys),
  ...option('connections', connections),
]

/** The document in a log that also holds what went to stderr. */
export const reportIn = (log: string): Report | undefined => {
  const [text] = /^\{\n[\s\S]*\n\}$/m.exec(log) ?? []
  return text === undefined ? undefined : (JSON.parse(text) as Report)
}

/** Starts it; resolves when its program runs. `limitMs` bounds the whole load. */
export const startLoad = async (api: Api, load: Load, limitMs: number): Promise<RunningLoad> => {
  const program = { name: load.name, component: 'load', args: argumentsOf(load) }
  const { ended } = await runPod(api, program, limitMs)
  const report = ended.then(({ log }) => {
    const found = reportIn(log)
    if (!found) throw new Error(`the load ${load.name} gave no report:\n${log.slice(-3_000)}`)
    return found
  })
  report.catch(() => {})
  return {
    report,
    async stop() {
      const signal = ['node', '-e', "process.kill(1, 'SIGTERM')"]
      await kubectl(['-n', namespace, 'exec', load.name, '--', ...signal], { limitMs: 30_000 })
    },
  }
}
