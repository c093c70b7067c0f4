/**
 * A chaos run: the product at full load, faults by a seeded schedule, and then, with everything healed and drained, what
 * the stores say is held against the invariants.
 */
import { fileURLToPath } from 'node:url'
import type { RunningProcess } from '../support/process.ts'
import type { FaultGroup } from './deck.ts'
import type { Evidence } from './evidence.ts'
import { Fleet, type Life } from './fleet.ts'
import { type Installation, install, PARTITIONS } from './installation.ts'
import { type Violation, violationsOf } from './invariants.ts'
import type { JobMix } from './jobs.ts'
import { Journal } from './journal.ts'
import { Load } from './load.ts'
import { medianWaiting, worstPause } from './progress.ts'
import { type Fate, makeReport, type Report } from './report.ts'
import { fleetSize, makeSchedule } from './schedule.ts'
import type { Servers } from './servers.ts'
import { readDead, readJobs, readOutcomes, readPartitions, readRuns } from './stores.ts'
import { runStorm, type Storm } from './storm.ts'

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
const MOST_WAITING = 1_500

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
  { load, workers, wanted, master }: Storm,
): Promise<Evidence> => ({
  accepted: load.accepted,
  refused: load.refused,
  log: await readJobs(kafka, names.jobs),
  outcomes: await readOutcomes(pool),
  dead: await readDead(kafka, names.dead),
  runs: readRuns(runs),
  partitions: await readPartitions(kafka, names.jobs, names.slaves),
  workers,
  wanted,
  master,
})

/** One run on these servers. Rejects only where it could not be made: a server or the master did not come up. */
export const runChaos = async (servers: Servers, options: ChaosOptions): Promise<ChaosResult> => {
  const { name, seed, seconds, groups, rate, mix, folder, kept, say } = options
  const journal = new Journal()
  const log = (line: unknown): void => journal.note(String(line))
  const schedule = makeSchedule(seed, seconds, groups)
  say(`chaos: SEED=${seed} SECONDS=${seconds} FAULTS=${groups.join(',')}: ${schedule.length} faults`)

  const platform = await install(servers, name, folder)
  const { kafka, master, names } = platform
  const links = await Promise.all(Array.from({ length: fleetSize.max }, () => platform.link()))
  const fleet = new Fleet({ links, start: platform.worker, log })
  const processes = { master, fleet, serverLogs: servers.logs }
  const load = (waiting: () => number): Load =>
    new Load({
      seed,
      rate,
      mix,
      url: master.url,
      kafka,
      topic: names.jobs,
      partitions: PARTITIONS,
      mostWaiting: MOST_WAITING,
      waiting,
    })
  try {
    const storm = await runStorm({ servers, platform, fleet, load, schedule, seconds, log })
    const fates = new Map(
      fleet.lives.map((life) => [life.process.pid, { node: life.node, fate: fateOf(life) }]),
    )
    await fleet.stop()
    const masterLeft = await leavesWell(master)

    const evidence = await gather(platform, storm)
    const told = fleet.lives.filter(({ fate }) => fate === 'term')
    const report = makeReport({
      seed,
      seconds,
      evidence,
      inflicted: storm.inflicted,
      counts: storm.load.counts,
      medianWaiting: medianWaiting(storm.samples.slice(0, storm.underLoad)),
      worstPauseMs: worstPause(storm.samples),
      drainMs: storm.drainMs,
      fateOf: (pid) => fates.get(pid)?.fate ?? 'alive',
      workers: fates.size,
      endedByThemselves: [...fates.values()].filter(({ fate }) => fate === 'its own end').length,
      leftBadly: told.filter(({ ended }) => ended?.code !== 0).length + (masterLeft ? 0 : 1),
    })
    const nodeOf = (pid: number): string => fates.get(pid)?.node ?? `pid ${pid}`
    const violations = violationsOf(evidence, { repeats: options.repeats, nodeOf })
    if (violations.length > 0 || options.keepAll)
      journal.keep(kept, { ...processes, evidence, violations, report })
    return { report, violations }
  } catch (error) {
    journal.keep(kept, processes)
    say(`logs are kept in ${kept}`)
    throw error
  } finally {
    await fleet.stop()
    if (!master.hasEnded) await leavesWell(master)
    await platform.close()
  }
}
