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

const measure = async (
  context: Context,
  installed: readonly Installed[],
  keys: number,
  concurrency: number,
): Promise<Section> => {
  const measured = await inRounds(installed, Math.min(2, context.rounds), async (it, round) => {
    const jobs = jobsIn(it.name, keys, concurrency, context.seconds)
    const { 'jobs/s': rate } = await drain(it, jobs, 1, { ms: JOB_MS }, (index) => `key-${index % keys}`)
    context.say(
      `order, ${keys} keys, ${concurrency} at once, round ${round + 1}: ${it.name} ${rate.toFixed(0)} jobs/s`,
    )
    return { 'jobs/s': rate }
  })
  const rows = installed.map(({ name }) => ({ name, measures: columnsOf(measured.get(name) ?? []) }))
  const name = `order.${keys} keys, ${concurrency} at once`
  return {
    title: `Order: ${keys} ${keys === 1 ? 'key' : 'keys'}, ${concurrency} jobs at once`,
    about: `Jobs of ${JOB_MS} ms in one partition, one worker. The other takes one record after the other (\`eachMessage\`), and keeps a result of each.`,
    columns: [{ name: 'jobs/s' }],
    rows,
    ratios: compare(rows, { name, of: 'ours', by: 'kafkajs-serial', column: 'jobs/s' }),
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
        for (const keys of KEYS) sections.push(await measure(context, installed, keys, concurrency))
      })
    }
    return sections
  },
}
