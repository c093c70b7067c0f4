/** How long a burst takes, and what the workers cost that drain it: policies against fixed fleets and the best plan. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Platform, startPlatform } from '../../support/platform.ts'
import { columnsOf, compare, type Row, type Section } from '../lib/section.ts'
import {
  type Burst,
  giveBurst,
  type Outcome,
  type Starts,
  startsIn,
  workerSeconds,
} from '../scaling/burst.ts'
import { cheapestPlan, fastestPlan, type Plan, settingsFrom } from '../scaling/clairvoyant.ts'
import { MAX, MIN, startFleet, type Way } from '../scaling/fleets.ts'
import type { Context, Group } from './group.ts'

const BURST: Burst = { jobs: 10_000, ms: 100 }
/** Worker-seconds are counted over this time from the burst on, s. */
const AROUND_S = 600
/** Time for a fleet to come to rest, and for the lag to be read, ms. */
const REST_MS = 6_000
/** `DRAIN_OBJECTIVE_MS`: what nobody can keep, so that it is as fast as it can, and the default. */
const SHORT_MS = 10_000
const DEFAULT_MS = 30_000

const inSeconds = (ms: number): string => `${ms / 1_000} s`
const drainTime = (objectiveMs: number): Way => ({
  name: `drain-time, ${inSeconds(objectiveMs)}`,
  fleet: { policy: 'drain-time', objectiveMs },
})

export const ways: readonly Way[] = [
  { name: `static ${MIN}`, fleet: MIN },
  { name: 'kafka', fleet: { policy: 'kafka' } },
  drainTime(DEFAULT_MS),
  drainTime(SHORT_MS),
  { name: `static ${MAX}`, fleet: MAX },
]

export interface Measured {
  readonly way: Way
  readonly outcome: Outcome
  readonly starts: Starts
}

export const measure = async (
  platform: Platform,
  masterUrl: string,
  way: Way,
  env: Readonly<Record<string, string>>,
): Promise<Measured> => {
  const fleet = await startFleet(platform, way, env)
  try {
    await delay(REST_MS)
    const outcome = await giveBurst(platform, masterUrl, BURST, typeof way.fleet !== 'number')
    return { way, outcome, starts: startsIn(fleet.output(), outcome.firstJobAt) }
  } finally {
    await fleet.stop()
  }
}

const figures = ({ way, outcome }: Measured): Record<string, number> => {
  const sizes = typeof way.fleet === 'number' ? [{ atMs: 0, workers: way.fleet }] : outcome.sizes
  return {
    'drained in s': outcome.drainMs / 1_000,
    'worker-s': workerSeconds(sizes, AROUND_S),
    'most workers': Math.max(...sizes.map(({ workers }) => workers)),
  }
}

const planRow = (name: string, { drainS, workers, extraWorkerSeconds }: Plan): Row => ({
  name,
  measures: columnsOf([
    { 'drained in s': drainS, 'worker-s': MIN * AROUND_S + extraWorkerSeconds, 'most workers': workers },
  ]),
})

/** The table, from what was measured of each way. */
export const sectionOf = (all: readonly Measured[]): Section => {
  const rows: Row[] = all.map((it) => ({ name: it.way.name, measures: columnsOf([figures(it)]) }))
  const measured = all.find(({ way }) => way.name === drainTime(SHORT_MS).name)
  if (measured !== undefined && measured.starts.further.length > 0) {
    const { arrivals, serviceMs } = measured.outcome
    const settingsFor = (starting: number) => settingsFrom(measured.starts, serviceMs, starting)
    const { startupMs, handoverMs } = settingsFor(measured.starts.further.length).timing
    const s = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
    rows.push({
      ...planRow('clairvoyant', fastestPlan(arrivals, settingsFor)),
      note: `asks with the burst; of ${measured.starts.further.length} workers Ready after ${s(startupMs)}, partitions at work ${s(handoverMs + serviceMs)} later, as measured`,
    })
    const cheapest = cheapestPlan(arrivals, settingsFor(measured.starts.further.length), DEFAULT_MS)
    rows.push(planRow(`clairvoyant within ${inSeconds(DEFAULT_MS)}`, cheapest))
  }
  const name = 'scaling.burst'
  const names = ['kafka', drainTime(DEFAULT_MS).name, drainTime(SHORT_MS).name]
  const isGoal = (of: string): boolean => of === drainTime(SHORT_MS).name
  return {
    title: 'Scaling: a burst',
    about: `${BURST.jobs.toLocaleString('en')} jobs that sleep ${BURST.ms} ms, on real worker processes, ${MIN} to ${MAX}; worker-seconds over the ${AROUND_S} s that begin with it. Workers that start share the processors with those that work.`,
    columns: [{ name: 'drained in s', decimals: 1 }, { name: 'worker-s' }, { name: 'most workers' }],
    rows,
    ratios: names.flatMap((of) => [
      ...compare(rows, {
        name: `${name} time`,
        of,
        by: 'clairvoyant',
        column: 'drained in s',
        ...(isGoal(of) ? { goal: { limit: 1.25, better: 'less' } } : {}),
      }),
      ...compare(rows, {
        name: `${name} cost`,
        of,
        by: `static ${MAX}`,
        column: 'worker-s',
        ...(isGoal(of) ? { goal: { limit: 1 / 3, better: 'less' } } : {}),
      }),
    ]),
  }
}

/** An installation whose processes keep what they have compiled, as those of `make run` do. */
export const withPlatform = async <Result>(
  { brokers, databaseUrl }: Pick<Context, 'brokers' | 'databaseUrl'>,
  use: (platform: Platform, masterUrl: string) => Promise<Result>,
): Promise<Result> => {
  const compiled = mkdtempSync(join(tmpdir(), 'compiled-'))
  const platform = await startPlatform('scaling', {
    KAFKA_BROKERS: brokers,
    DATABASE_URL: databaseUrl,
    PARTITIONS: String(MAX),
    NODE_COMPILE_CACHE: compiled,
  })
  try {
    return await use(platform, (await platform.master({ LOG_LEVEL: 'warn' })).url)
  } finally {
    await platform.stop()
    rmSync(compiled, { recursive: true, force: true })
  }
}

export const scaling: Group = {
  name: 'scaling',
  about: 'a burst: time to drain, and worker-seconds, of both policies, fixed fleets and the best plan',
  quick: false,
  run: (context) =>
    withPlatform(context, async (platform, masterUrl) => {
      const all: Measured[] = []
      for (const way of ways) {
        const measured = await measure(platform, masterUrl, way, {})
        all.push(measured)
        context.say(`scaling: ${way.name} drained in ${inSeconds(measured.outcome.drainMs)}`)
      }
      return [sectionOf(all)]
    }),
}
