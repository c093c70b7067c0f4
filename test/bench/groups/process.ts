/** How fast jobs that do nothing are done, and what one costs: a backlog, with a durable outcome of each. */
import { type Drained, drain } from '../lib/drain.ts'
import { type Installed, withInstalled } from '../lib/installed.ts'
import { smallPayload } from '../lib/payload.ts'
import { inRounds } from '../lib/rounds.ts'
import { columnsOf, compare, type Row, type Section } from '../lib/section.ts'
import type { Context, Group } from './group.ts'
import { pick } from './group.ts'

const PARTITIONS = 24
const CONCURRENCY = 5
const WORKERS = [1, 3, 6]

/** About what each does in a second on two cores: backlogs are of some seconds' work, so that start and end weigh little. */
const RATES: Readonly<Record<string, number>> = {
  ours: 10_000,
  'raw-kafkajs': 40_000,
  'bullmq-everysec': 4_000,
  'bullmq-always': 3_000,
  'graphile-worker': 8_000,
  'pg-boss': 5_000,
}

const columns = [{ name: 'jobs/s' }, { name: 'CPU µs/job', decimals: 1 }, { name: 'peak MB' }]

const comparisons = (rows: readonly Row[], workers: number) => {
  const column = 'jobs/s'
  const name = `process.${workers}`
  const goals = workers === 1
  const atLeast = (limit: number) => (goals ? { goal: { limit, better: 'more' as const } } : {})
  return [
    ...compare(rows, { name, of: 'ours', by: 'raw-kafkajs', column, ...atLeast(0.8) }),
    ...compare(rows, { name, of: 'ours', by: 'bullmq-everysec', column, ...atLeast(4) }),
    ...compare(rows, { name, of: 'ours', by: 'bullmq-always', column, ...atLeast(4) }),
    ...compare(rows, { name, of: 'ours', by: 'graphile-worker', column }),
    ...compare(rows, { name, of: 'ours', by: 'pg-boss', column }),
  ]
}

const measure = async (
  { rounds, seconds, say }: Context,
  all: readonly Installed[],
  workers: number,
): Promise<Section> => {
  // With several workers a round takes longer, and two cores are what limits all.
  const measured = await inRounds(
    all,
    workers === 1 ? rounds : Math.min(2, rounds),
    async (installed, round): Promise<Drained> => {
      // Those that start first do some before the last is up.
      const spare = workers === 1 ? 1 : 1.5
      const jobs = Math.round((RATES[installed.name] ?? 5_000) * seconds * spare)
      const drained = await drain(installed, jobs, workers, smallPayload)
      say(
        `process, ${workers} workers, round ${round + 1}: ${installed.name} ${Math.round(drained['jobs/s'])} jobs/s, ${drained['CPU µs/job'].toFixed(1)} µs/job, ${Math.round(drained['peak MB'])} MB`,
      )
      return drained
    },
  )
  const rows = all.map(({ name }) => ({
    name,
    measures: columnsOf((measured.get(name) ?? []).map((it) => ({ ...it }))),
  }))
  const own = rows.find(({ name }) => name === 'ours')?.measures['peak MB'] ?? []
  return {
    title: `Process: ${workers === 1 ? 'one worker' : `${workers} workers`}`,
    about: `No-op jobs of 100 B that wait already, ${CONCURRENCY} at once a worker, ${PARTITIONS} partitions; counted from when all workers are up until each outcome is durable. CPU and memory are those of the workers’ processes.`,
    columns,
    rows,
    ratios: [
      ...comparisons(rows, workers),
      ...(workers === 1 && own.length > 0
        ? [{ name: 'process.1 ours peak MB', values: own, goal: { limit: 150, better: 'less' as const } }]
        : []),
    ],
  }
}

export const processing: Group = {
  name: 'process',
  about: 'no-op jobs with a durable result: jobs/s, CPU and memory; 1, 3, 6 workers',
  quick: true,
  async run(context) {
    const all = pick(
      context,
      context.quick ? ['ours', 'raw-kafkajs', 'bullmq-everysec', 'bullmq-always'] : Object.keys(RATES),
    )
    return withInstalled(
      context,
      all,
      { partitions: PARTITIONS, concurrency: CONCURRENCY },
      async (installed) => {
        const sections: Section[] = []
        for (const workers of context.quick ? [1] : (context.workers ?? WORKERS))
          sections.push(await measure(context, installed, workers))
        return sections
      },
    )
  },
}
