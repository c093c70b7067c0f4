/** How fast jobs are taken, each durable when it is answered: single ones over HTTP, many in a request, and by the libraries' own calls. */
import type { RunningProcess } from '../../support/process.ts'
import type { Submission } from '../contestants/contestant.ts'
import { able, type Installed, withInstalled } from '../lib/installed.ts'
import { smallPayload } from '../lib/payload.ts'
import { runProgram } from '../lib/programs.ts'
import { inRounds } from '../lib/rounds.ts'
import { columnsOf, compare, type Section } from '../lib/section.ts'
import { cpuMs } from '../lib/usage.ts'
import type { LoadReport } from '../programs/load.ts'
import type { Context, Group } from './group.ts'
import { pick } from './group.ts'

const SET_UP = { partitions: 24, concurrency: 5 }
const CONNECTIONS = 64
const WARM_MS = 1_000

/** One measurement over HTTP, of a server that runs. */
const load = async (
  server: RunningProcess,
  { path, body }: Submission,
  seconds: number,
): Promise<Record<string, number>> => {
  let before = 0
  const env = {
    PORT: String(server.port),
    URL_PATH: path,
    BODY: body,
    CONNECTIONS: String(CONNECTIONS),
    WARM_MS: String(WARM_MS),
    MEASURE_MS: String(seconds * 1_000),
  }
  const report = await runProgram<LoadReport>('load', env, seconds * 1_000 + 30_000, () => {
    before = cpuMs(server.pid)
  })
  return {
    'jobs/s': report.answers / report.seconds,
    'CPU µs/job': ((cpuMs(server.pid) - before) * 1_000) / report.answers,
    'p50 ms': report.p50,
    'p99 ms': report.p99,
    'client CPU': report.clientCpuMs / 1_000 / report.seconds,
  }
}

const single = async (context: Context): Promise<Section> => {
  const { rounds, seconds, say, quick } = context
  const all = pick(
    context,
    quick
      ? ['ours', 'bare']
      : ['ours', 'bare', 'bullmq-everysec', 'bullmq-always', 'graphile-worker', 'pg-boss'],
  )
  return withInstalled(context, all, SET_UP, async (installed) => {
    const servers = new Map<string, RunningProcess>()
    for (const { name, installation } of installed)
      servers.set(name, await able(name, 'server', installation.server)())
    const measure = async ({ name, installation }: Installed, round: number) => {
      const request = able(name, 'request', installation.request)(smallPayload)
      const measured = await load(able(name, 'server', servers.get(name)), request, seconds)
      await installation.clear()
      say(
        `submit, single, round ${round + 1}: ${name} ${Math.round(measured['jobs/s'] ?? 0)} jobs/s, ${measured['CPU µs/job']?.toFixed(1)} µs/job`,
      )
      return measured
    }
    const measured = await inRounds(installed, rounds, measure)
    const rows = installed.map(({ name }) => ({ name, measures: columnsOf(measured.get(name) ?? []) }))
    const name = 'submit.single'
    return {
      title: 'Submit: single jobs over HTTP',
      about: `${CONNECTIONS} connections, each sends its next job when the last is answered; 100 B. The libraries behind the same bare server. CPU is that of the server’s process; where the client’s is near 1 the client is the limit.`,
      columns: [
        { name: 'jobs/s' },
        { name: 'CPU µs/job', decimals: 1 },
        { name: 'p50 ms', decimals: 1 },
        { name: 'p99 ms', decimals: 1 },
        { name: 'client CPU', decimals: 2 },
      ],
      rows,
      ratios: [
        ...compare(rows, {
          name,
          of: 'ours',
          by: 'bare',
          column: 'jobs/s',
          goal: { limit: 0.6, better: 'more' },
        }),
        ...['bullmq-everysec', 'bullmq-always', 'graphile-worker', 'pg-boss'].flatMap((by) =>
          compare(rows, { name, of: 'ours', by, column: 'jobs/s' }),
        ),
      ],
    }
  })
}

export const submit: Group = {
  name: 'submit',
  about: 'single jobs over HTTP',
  quick: true,
  run: async (context) => [await single(context)],
}
