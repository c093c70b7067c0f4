/** Whether the cost of a job grows: with how many wait, and with how large they are. */
import { drain } from '../lib/drain.ts'
import { type Installed, withInstalled } from '../lib/installed.ts'
import { payloadOf, smallPayload } from '../lib/payload.ts'
import type { Row, Section } from '../lib/section.ts'
import { type Context, type Group, pick } from './group.ts'

const SET_UP = { partitions: 24, concurrency: 5 }
const BACKLOGS = [1_000, 10_000, 100_000, 1_000_000]
/** The floor is there for comparison; a million of it would tell nothing new. */
const FLOOR_BACKLOG = 100_000

const SIZES = [
  { name: '100 B', bytes: 100, jobs: 30_000 },
  { name: '10 kB', bytes: 10_000, jobs: 10_000 },
  { name: '500 kB', bytes: 500_000, jobs: 400 },
]

const columns = [{ name: 'jobs/s' }, { name: 'CPU µs/job', decimals: 1 }, { name: 'peak MB' }]

const row = async (
  { say }: Context,
  installed: Installed,
  what: string,
  jobs: number,
  payload: Readonly<Record<string, unknown>>,
): Promise<Row> => {
  const drained = await drain(installed, jobs, 1, payload)
  say(
    `growth, ${what}: ${installed.name} ${drained['jobs/s'].toFixed(0)} jobs/s, ${drained['peak MB'].toFixed(0)} MB`,
  )
  return {
    name: `${installed.name}, ${what}`,
    measures: Object.fromEntries(Object.entries(drained).map(([name, value]) => [name, [value]])),
  }
}

export const growth: Group = {
  name: 'growth',
  about: 'jobs/s and memory at backlogs of 10^3 … 10^6, and at payloads of 100 B, 10 kB, 500 kB',
  quick: false,
  parts: ['backlog', 'payload'],
  run: (context, part) =>
    withInstalled(context, pick(context, ['ours', 'raw-kafkajs']), SET_UP, async (installed) => {
      const backlogs: Row[] = []
      for (const jobs of part === 'payload' ? [] : BACKLOGS) {
        for (const it of installed.filter(({ name }) => name === 'ours' || jobs <= FLOOR_BACKLOG))
          backlogs.push(await row(context, it, `${jobs.toLocaleString('en')} waiting`, jobs, smallPayload))
      }
      const payloads: Row[] = []
      for (const { name, bytes, jobs } of part === 'backlog' ? [] : SIZES) {
        for (const it of installed)
          payloads.push(await row(context, it, `${jobs} of ${name}`, jobs, payloadOf(bytes)))
      }
      const sections: Section[] = [
        {
          title: 'Growth: jobs that wait',
          about: 'No-op jobs of 100 B, one worker started anew for each row, measured once.',
          columns,
          rows: backlogs,
          ratios: [],
        },
        {
          title: 'Growth: size of a job',
          about: 'No-op jobs that wait already, one worker started anew for each row, measured once.',
          columns,
          rows: payloads,
          ratios: [],
        },
      ]
      return sections.filter(({ rows }) => rows.length > 0)
    }),
}
