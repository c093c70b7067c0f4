/**
 * The benchmark: contestants side by side on one machine, alternated over rounds; medians, spread, ratios, and the goals.
 * `node test/bench/main.ts [GROUP…] [--only a,b] [--rounds N] [--seconds S] [--workers 1,3] [--quick [--set-floors]] [--out FILE]`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { provideServers } from '../runner/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { available } from './contestants/index.ts'
import type { Context, Group } from './groups/group.ts'
import { groups } from './groups/index.ts'
import { readOptions } from './lib/args.ts'
import { belowFloors, floorsFile, floorsOf } from './lib/floors.ts'
import { type Fsync, findRedis, type PrivateRedis, startRedis } from './lib/redis.ts'
import { type Report, writeReport } from './lib/report.ts'
import type { Section } from './lib/section.ts'

const options = readOptions(process.argv.slice(2), process.env)
const say = (line: string): void => console.error(`      ${line}`)

interface Chosen {
  readonly group: Group
  readonly part: string | undefined
}

/** Names are those of groups, or of parts: `submit`, `submit.single`. */
const choose = (): readonly Chosen[] => {
  if (options.groups.length === 0)
    return groups.filter(({ quick }) => quick || !options.quick).map((group) => ({ group, part: undefined }))
  return options.groups.map((name) => {
    const [groupName, part] = name.split('.')
    const group = groups.find((it) => it.name === groupName)
    if (group === undefined || (part !== undefined && !group.parts?.includes(part))) {
      const known = groups.flatMap((it) => [it.name, ...(it.parts ?? []).map((each) => `${it.name}.${each}`)])
      throw new Error(`no group ${name}; there are: ${known.join(', ')}`)
    }
    return { group, part }
  })
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort())

const run = async (): Promise<Report> => {
  const toRun = choose()
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
    for (const { group, part } of toRun) {
      interrupted.signal.throwIfAborted()
      sections.push(...(await group.run(context, part)))
    }
    return { options, contestants, sections, seconds: (performance.now() - began) / 1_000 }
  } finally {
    for (const redis of redises.values()) stops.push(async () => (await redis).stop())
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => console.error(error))
  }
}

/** Compares the quick run with its floors, or sets them. Gives the exit code. */
const guard = ({ sections }: Report): number => {
  const path = new URL('floors.json', import.meta.url)
  const floors = floorsFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  const ratios = sections.flatMap((section) => section.ratios)
  if (options.setFloors) {
    writeFileSync(path, `${JSON.stringify(floorsOf(ratios, floors), undefined, 2)}\n`)
    console.log('\nfloors set (test/bench/floors.json)')
    return 0
  }
  const below = belowFloors(ratios, floors)
  for (const line of below) console.log(`\nREGRESSION  ${line}`)
  if (below.length === 0) console.log('\nno ratio is worse than its floor (test/bench/floors.json)')
  return below.length === 0 ? 0 : 1
}

try {
  const report = await run()
  console.log(writeReport(report))
  process.exit(options.quick ? guard(report) : 0)
} catch (error) {
  console.error(error)
  process.exit(1)
}
