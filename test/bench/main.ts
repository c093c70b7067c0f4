/**
 * The benchmark: contestants side by side on one machine, alternated over rounds; medians, spread, ratios, and the goals.
 * `node test/bench/main.ts [GROUP…] [--only a,b] [--rounds N] [--seconds S] [--workers 1,3] [--quick] [--out FILE]`
 */
import { provideServers } from '../runner/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { available } from './contestants/index.ts'
import type { Context, Group } from './groups/group.ts'
import { groups } from './groups/index.ts'
import { readOptions } from './lib/args.ts'
import { type Fsync, findRedis, type PrivateRedis, startRedis } from './lib/redis.ts'
import { type Report, writeReport } from './lib/report.ts'
import type { Section } from './lib/section.ts'

const options = readOptions(process.argv.slice(2), process.env)
const say = (line: string): void => console.error(`      ${line}`)

const chosen = (): readonly Group[] => {
  const unknown = options.groups.filter((name) => !groups.some((group) => group.name === name))
  if (unknown.length > 0)
    throw new Error(`no group ${unknown.join(', ')}; there are: ${groups.map(({ name }) => name).join(', ')}`)
  return groups.filter(
    ({ name, quick }) =>
      (options.groups.length === 0 || options.groups.includes(name)) && (quick || !options.quick),
  )
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort())

const run = async (): Promise<Report> => {
  const toRun = chosen()
  const contestants = available(say).filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  )
  const began = performance.now()
  const workspace = await openWorkspace()
  const redises = new Map<Fsync, Promise<PrivateRedis>>()
  const stops: (() => Promise<unknown>)[] = [() => workspace.close()]
  try {
    const servers = await provideServers(process.env, workspace.folder, say, interrupted.signal)
    stops.push(() => servers.stop())
    const context: Context = {
      brokers: servers.env.KAFKA_BROKERS,
      databaseUrl: servers.env.DATABASE_URL,
      redis(fsync) {
        const { command } = findRedis() ?? { command: 'redis-server' }
        const started = redises.get(fsync) ?? startRedis(command, workspace.folder, fsync)
        redises.set(fsync, started)
        return started
      },
      contestants,
      ...options,
      say,
    }
    const sections: Section[] = []
    for (const group of toRun) {
      interrupted.signal.throwIfAborted()
      sections.push(...(await group.run(context)))
    }
    return { options, contestants, sections, seconds: (performance.now() - began) / 1_000 }
  } finally {
    for (const redis of redises.values()) stops.push(async () => (await redis).stop())
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => console.error(error))
  }
}

try {
  const report = await run()
  console.log(writeReport(report))
  process.exit()
} catch (error) {
  console.error(error)
  process.exit(1)
}
