/**
 * A chaos run: the product at full load, faults by a seeded schedule, and then, with everything healed and drained, what
 * the stores say is held against the invariants.
 */
import { fileURLToPath } from 'node:url'
import type { RunningProcess } from '../support/process.ts'
import type { FaultGroup } from './deck.ts'
import type { Evidence } from './evidence.ts'
import type { Violation } from './findings.ts'
import { Fleet, type Life } from './fleet.ts'
import { type Installation, install, PARTITIONS } from './installation.ts'
import { violationsOf } from './invariants.ts'
import type { JobMix } from './jobs.ts'
import { Journal } from './journal.ts'
import { Load } from './load.ts'
import { monotonicMs, Operator } from './operator.ts'
import { Outages } from './outages.ts'
import { medianWaiting, worstPause } from './progress.ts'
import { type Fate, makeReport, type Report } from './report.ts'
import { fleetSize, makeSchedule } from './schedule.ts'
import type { Servers } from './servers.ts'
import { readDead, readJobs, readPartitions, readRuns } from './stores.ts'
import { runStorm, type Storm } from './storm.ts'
import { readLetters, readOutcomes, readParked, readTicks } from './tables.ts'

export interface ChaosOptions {
  /** Of its topics and tables: lower case letters and digits. */
  readonly name: string
  readonly seed: number
  /** How long faults are made, under load. */
  readonly seconds: number
  readonly groups: readonly FaultGroup[]
  /** Jobs/s submitted. */
  readonly rate: number
  readonly mix: JobMix
  /** Share of the jobs that may run again. */
  readonly repeats: number
  /** So many may in any case. */
  readonly repeatsAnyway: number
  /** Time for a worker to learn of a cancellation, ms. */
  readonly cancelMs: number
  /** For the files of the runs. */
  readonly folder: string
  /** Where logs and evidence of a run that breaks an invariant are kept. */
  readonly kept: string
  /** Also those of one that does not. */
  readonly keepAll?: boolean
  readonly say: (line: string) => void
}

export interface ChaosResult {
  readonly report: Report
  readonly violations: readonly Violation[]
}

/** Jobs that may wait: what is left at the end drains in seconds. */
const MOST_WAITING = 1_000

/** Outside of the temporary folders: these go with the run. */
export const keptFolder = (name: string, seed: number): string =>
  fileURLToPath(new URL(`../../.data/chaos/${name}-${seed}`, import.meta.url))

const fateOf = ({ fate, ended, wasFrozen }: Life): Fate => {
  if (fate === 'kill') return 'kill -9'
  if (fate === 'term') return 'SIGTERM'
  if (ended !== undefined) return 'its own end'
  return wasFrozen ? 'frozen' : 'alive'
}

const leavesWell = (process: RunningProcess): Promise<boolean> =>
  process.stop().then(
    ({ code }) => code === 0,
    () => false,
  )

const gather = async (
  { kafka, names, pool, runs }: Installation,
  { load, workers, wanted, masters, schedules }: Storm,
  { cancels, replays }: Operator,
): Promise<Evidence> => ({
  accepted: load.accepted,
  refused: load.refused,
  log: await readJobs(kafka, names.byPriority),
  outcomes: await readOutcomes(pool),
  dead: await readDead(kafka, names.dead),
  letters: await readLetters(pool),
  parked: await readParked(pool),
  cancels,
  replays,
  schedules,
  ticks: await readTicks(pool),
  runs: readRuns(runs),
  epochMs: Date.now() - monotonicMs(),
  partitions: await readPartitions(kafka, names.byPriority, names.slaves),
  workers,
  wanted,
  masters,
})

/** One run on these servers. Rejects only where it could not be made: a server or the master did not come up. */
export const runChaos = async (servers: Servers, options: ChaosOptions): Promise<ChaosResult> => {
  const { name, seed, seconds, groups, rate, mix, folder, kept, say } = options
  const journal = new Journal()
  const log = (line: unknown): void => journal.note(String(line))
  const schedule = makeSchedule(seed, seconds, groups)
  say(`chaos: SEED=${seed} SECONDS=${seconds} FAULTS=${groups.join(',')}: ${schedule.length} faults`)

  const platform = await install(servers, name, folder)
  const { kafka, masters, names, pool } = platform
  const urls = masters.map(({ url }) => url)
  const links = await Promise.all(Array.from({ length: fleetSize.max }, () => platform.link()))
  const outages = new Outages()
  const isCut = outages.isCut.bind(outages)
  const fleet = new Fleet({ links, start: platform.worker, isCut, log })
  const operator = new Operator({ seed, mix, urls, pool })
  const processes = { masters, fleet, serverLogs: servers.logs }
  const load = (waiting: () => number): Load =>
    new Load({
      seed,
      rate,
      mix,
      urls,
      kafka,
      topics: names.byPriority,
      partitions: PARTITIONS,
      mostWaiting: MOST_WAITING,
      waiting,
      onAccepted: (id, seq) => operator.accepted(id, seq),
    })
  try {
    const storm = await runStorm({
      servers,
      platform,
      fleet,
      load,
      operator,
      outages,
      schedule,
      seconds,
      log,
    })
    const fates = new Map(
      fleet.lives.map((life) => [life.process.pid, { node: life.node, fate: fateOf(life) }]),
    )
    await fleet.stop()
    const mastersLeft = await Promise.all(masters.map(leavesWell))

    const evidence = await gather(platform, storm, operator)
    const told = fleet.lives.filter(({ fate }) => fate === 'term')
    const report = makeReport({
      seed,
      seconds,
      evidence,
      inflicted: storm.inflicted,
      counts: storm.load.counts,
      medianWaiting: medianWaiting(storm.samples.slice(0, storm.underLoad)),
      worstPauseMs: worstPause(storm.samples),
      parkedAtMost: Math.max(0, ...storm.samples.map(({ parked }) => parked)),
      drainMs: storm.drainMs,
      fateOf: (pid) => fates.get(pid)?.fate ?? 'alive',
      workers: fates.size,
      endedByThemselves: [...fates.values()].filter(({ fate }) => fate === 'its own end').length,
      leftBadly:
        told.filter(({ ended }) => ended?.code !== 0).length + mastersLeft.filter((well) => !well).length,
    })
    const nodeOf = (pid: number): string => fates.get(pid)?.node ?? `pid ${pid}`
    const unheard = new Set(fleet.lives.filter((life) => life.unheard).map(({ process: { pid } }) => pid))
    const { repeats, repeatsAnyway, cancelMs } = options
    const limits = { repeats, repeatsAnyway, cancelMs, nodeOf, unheard: (pid: number) => unheard.has(pid) }
    const violations = violationsOf(evidence, limits)
    if (violations.length > 0 || options.keepAll)
      journal.keep(kept, { ...processes, evidence, violations, report })
    return { report, violations }
  } catch (error) {
    journal.keep(kept, processes)
    say(`logs are kept in ${kept}`)
    throw error
  } finally {
    await fleet.stop()
    await Promise.all(masters.filter(({ hasEnded }) => !hasEnded).map(leavesWell))
    await platform.close()
  }
}
