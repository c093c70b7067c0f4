/** The fleets that a burst is given to: fixed ones, and those that a policy scales, all of real worker processes. */
import type { Platform } from '../../support/platform.ts'
import type { Env, RunningProcess } from '../../support/process.ts'

/** As the installation has it: 3 to 24 workers, of which each has a partition of a topic at least. */
export const MIN = 3
export const MAX = 24

export interface Scaled {
  readonly policy: 'kafka' | 'drain-time'
  /** `DRAIN_OBJECTIVE_MS`; the kafka policy has none. */
  readonly objectiveMs?: number
}

export interface Way {
  readonly name: string
  /** Workers from the beginning to the end, or what scales them. */
  readonly fleet: number | Scaled
}

export interface Fleet {
  /** What its scaler has said; nothing where there is none. */
  output(): string
  stop(): Promise<void>
}

/** Workers that start at once: more only wait for each other's processor time. */
const AT_ONCE = 4
/** Told to leave it has its last jobs to end, and its workers have theirs. */
const STOP_LIMIT_MS = 60_000

const stopAll = async (processes: readonly RunningProcess[]): Promise<void> => {
  await Promise.all(processes.map((it) => it.stop(STOP_LIMIT_MS)))
}

/** Starts a fleet; resolves when all of its workers, or as many as it begins with, are Ready. */
export const startFleet = async (platform: Platform, { fleet }: Way, env: Env): Promise<Fleet> => {
  if (typeof fleet === 'number') {
    const workers: RunningProcess[] = []
    while (workers.length < fleet) {
      const missing = Math.min(AT_ONCE, fleet - workers.length)
      workers.push(...(await Promise.all(Array.from({ length: missing }, () => platform.worker(env)))))
    }
    return { output: () => '', stop: () => stopAll(workers) }
  }
  const { policy, objectiveMs } = fleet
  const scaler = await platform.scaler({
    ...env,
    MIN_REPLICAS: String(MIN),
    MAX_REPLICAS: String(MAX),
    SCALING_POLICY: policy,
    ...(objectiveMs === undefined ? {} : { DRAIN_OBJECTIVE_MS: String(objectiveMs) }),
  })
  return { output: () => scaler.output(), stop: () => stopAll([scaler]) }
}
