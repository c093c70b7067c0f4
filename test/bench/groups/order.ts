/** What order costs: jobs of 10 ms with keys, in one partition, against a consumer that takes a partition's records one by one. */
import { drain } from '../lib/drain.ts'
import { type Installed, withInstalled } from '../lib/installed.ts'
import { inRounds } from '../lib/rounds.ts'
import { columnsOf, compare, type Section } from '../lib/section.ts'
import { type Context, type Group, pick } from './group.ts'

const JOB_MS = 10
const KEYS = [1, 20, 1_000]
/** Jobs a worker runs at once: its default, and as many as waiting jobs allow. */
const AT_ONCE = [5, 50]

/** About as many as are done in the time: as many at once as there are keys and slots, and serially without keys. */
const jobsIn = (name: string, keys: number, concurrency: number, seconds: number): number =>
  Math.round(((name === 'ours' ? Math.min(keys, concurrency) : 1) * seconds * 1_000) / (JOB_MS + 1))

const columnOf = (keys: number): string => `jobs/s, ${keys} ${keys === 1 ? 'key' : 'keys'}`

const measure = async (
  context: Context,
  installed: readonly Installed[],
  concurrency: number,
): Promise<Section> => {
  const rounds = Math.min(2, context.rounds)
  const measured = await inRounds(installed, rounds, async (it, round) => {
    const rates: Record<string, number> = {}
    for (const keys of KEYS) {
      const jobs = jobsIn(it.name, keys, concurrency, context.seconds)
      const drained = await drain(it, jobs, 1, { ms: JOB_MS }, (index) => `key-${index % keys}`)
      rates[columnOf(keys)] = drained['jobs/s']
    }
    context.say(
      `order, ${concurrency} at once, round ${round + 1}: ${it.name} ${Object.values(rates)
        .map((rate) => rate.toFixed(0))
        .join(', ')} jobs/s`,
    )
    return rates
  })
  const rows = installed.map(({ name }) => ({ name, measures: columnsOf(measured.get(name) ?? []) }))
  return {
    title: `Order: ${concurrency} jobs at once`,
    about: `Jobs of ${JOB_MS} ms with keys in one partition, one worker. The other takes one record after the other (\`eachMessage\`), and keeps a result of each.`,
    columns: KEYS.map((keys) => ({ name: columnOf(keys) })),
    rows,
    ratios: KEYS.flatMap((keys) =>
      compare(rows, {
        name: `order.${concurrency} at once, ${keys} ${keys === 1 ? 'key' : 'keys'}`,
        of: 'ours',
        by: 'kafkajs-serial',
        column: columnOf(keys),
      }),
    ),
  }
}

export const order: Group = {
  name: 'order',
  about: 'keyed jobs of 10 ms in one partition; 1, 20, 1000 keys; against partition-serial consumption',
  quick: false,
  async run(context) {
    const all = pick(context, ['ours', 'kafkajs-serial'])
    const sections: Section[] = []
    for (const concurrency of AT_ONCE) {
      await withInstalled(context, all, { partitions: 1, concurrency }, async (installed) => {
        sections.push(await measure(context, installed, concurrency))
      })
    }
    return sections
  },
}
