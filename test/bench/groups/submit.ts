/** How fast jobs are taken, each durable when it is answered: single ones over HTTP, many in a request, and by the libraries' own calls. */
import type { RunningProcess } from '../../support/process.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { able, type Installed, withInstalled } from '../lib/installed.ts'
import { type HttpLoad, measureAdding, measureHttp, type Taken } from '../lib/intake.ts'
import { smallPayload } from '../lib/payload.ts'
import { inRounds } from '../lib/rounds.ts'
import { columnsOf, compare, type Row, type Section } from '../lib/section.ts'
import { type Context, type Group, pick } from './group.ts'

const SET_UP = { partitions: 24, concurrency: 5 }
const CONNECTIONS = 64
/** Of a batch: jobs in a call, and calls under way. */
const BATCH = 500
const BATCHES = 4

const libraries = ['bullmq-everysec', 'bullmq-always', 'graphile-worker', 'pg-boss']

const columns = [
  { name: 'jobs/s' },
  { name: 'CPU µs/job', decimals: 1 },
  { name: 'p50 ms', decimals: 1 },
  { name: 'p99 ms', decimals: 1 },
  { name: 'client CPU', decimals: 2 },
]

/** Takes turns; `prepare` gives what measures one installation. */
const takeTurns = (
  context: Context,
  what: string,
  all: readonly Contestant[],
  prepare: (installed: Installed) => Promise<() => Promise<Taken>>,
): Promise<Row[]> =>
  withInstalled(context, all, SET_UP, async (installed) => {
    const measures = new Map<string, () => Promise<Taken>>()
    for (const it of installed) measures.set(it.name, await prepare(it))
    const measured = await inRounds(installed, context.rounds, async ({ name, installation }, round) => {
      const taken = await able(name, 'measure', measures.get(name))()
      await installation.clear()
      const { 'jobs/s': rate, 'CPU µs/job': cpu } = taken
      context.say(
        `submit, ${what}, round ${round + 1}: ${name} ${rate.toFixed(0)} jobs/s, ${cpu.toFixed(1)} µs/job`,
      )
      return taken
    })
    return installed.map(({ name }) => ({
      name,
      measures: columnsOf((measured.get(name) ?? []).map((it) => ({ ...it }))),
    }))
  })

const overHttp = async (
  { name, installation }: Installed,
  seconds: number,
  load: Pick<HttpLoad, 'connections' | 'jobs'>,
): Promise<() => Promise<Taken>> => {
  const server: RunningProcess = await able(name, 'server', installation.server)()
  const { path, body } = able(name, 'request', installation.request)(smallPayload)
  const many = load.jobs > 1
  return () =>
    measureHttp(server, seconds, {
      ...load,
      path: many ? `${path}/batch` : path,
      body: many ? `${body}\n`.repeat(load.jobs) : body,
      contentType: many ? 'application/x-ndjson' : 'application/json',
    })
}

const single = async (context: Context): Promise<Section> => {
  const all = pick(context, ['ours', 'bare', ...(context.quick ? [] : libraries)])
  const rows = await takeTurns(context, 'single', all, (it) =>
    overHttp(it, context.seconds, { connections: CONNECTIONS, jobs: 1 }),
  )
  const between = { name: 'submit.single', of: 'ours', column: 'jobs/s' }
  return {
    title: 'Submit: single jobs over HTTP',
    about: `${CONNECTIONS} connections, each sends its next job when the last is answered; 100 B. The libraries add the job behind the same bare server. CPU is that of the server’s process; where the client’s is near 1 the client is the limit.`,
    columns,
    rows,
    ratios: [
      ...compare(rows, { ...between, by: 'bare', goal: { limit: 0.6, better: 'more' } }),
      ...libraries.flatMap((by) => compare(rows, { ...between, by })),
    ],
  }
}

const byCalls =
  (context: Context, calls: number, jobs: number) =>
  async ({ name, installation }: Installed): Promise<() => Promise<Taken>> => {
    const library = able(name, 'library', installation.library)
    return () => measureAdding(library, context.seconds, { calls, jobs, payload: smallPayload })
  }

const batch = async (context: Context): Promise<Section> => {
  const all = pick(context, ['ours', 'raw-kafkajs', ...(context.quick ? [] : libraries)])
  const rows = await takeTurns(context, 'batch', all, (it) =>
    it.name === 'ours'
      ? overHttp(it, context.seconds, { connections: BATCHES, jobs: BATCH })
      : byCalls(context, BATCHES, BATCH)(it),
  )
  const between = { name: 'submit.batch', of: 'ours', column: 'jobs/s' }
  return {
    title: 'Submit: many jobs at once',
    about: `${BATCHES} calls of ${BATCH} jobs under way, 100 B each: ours over HTTP (\`POST /api/jobs/batch\`, each line checked and answered), the others by their own call for many, without HTTP. CPU is that of the process that publishes.`,
    columns,
    rows,
    ratios: [
      ...compare(rows, { ...between, by: 'raw-kafkajs', goal: { limit: 0.7, better: 'more' } }),
      ...libraries.flatMap((by) => compare(rows, { ...between, by })),
    ],
  }
}

const calls = async (context: Context): Promise<Section> => ({
  title: 'Submit: single jobs by the library’s own call',
  about: `${CONNECTIONS} calls under way, 100 B each, no HTTP. Ours has no such call: its API is HTTP. CPU is that of the process that calls.`,
  columns: columns.slice(0, 2),
  rows: await takeTurns(
    { ...context, rounds: Math.min(2, context.rounds) },
    'call',
    pick(context, ['raw-kafkajs', ...libraries]),
    byCalls(context, CONNECTIONS, 1),
  ),
  ratios: [],
})

export const submit: Group = {
  name: 'submit',
  about: 'single jobs over HTTP at 64 connections; batches; the libraries’ own calls',
  quick: true,
  parts: ['single', 'batch', 'call'],
  async run(context, part) {
    const wants = (name: string): boolean => part === undefined || part === name
    const sections: Section[] = []
    if (wants('single')) sections.push(await single(context))
    if (wants('batch')) sections.push(await batch(context))
    if (wants('call') && !context.quick) sections.push(await calls(context))
    return sections.filter(({ rows }) => rows.length > 0)
  },
}
