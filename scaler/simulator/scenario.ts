/** What the options of a simulation come to: a trace, the settings of an installation, a policy at its pace. */
import type { Behavior } from '../policy/behavior.ts'
import { drainTimePolicy } from '../policy/drain-time.ts'
import { kafkaPolicy } from '../policy/kafka-policy.ts'
import type { Policy } from '../policy/policy.ts'
import { HPA_TOLERANCE } from '../policy/quantise.ts'
import { isSynthetic, type Options } from './args.ts'
import { type Comparison, compare } from './compare.ts'
import { staticPolicy } from './fixed.ts'
import { followingBehavior, paced, throughHpa } from './pace.ts'
import { randomFrom } from './random.ts'
import { type HotKey, measuredTiming, type SimulationSettings, workerRate } from './settings.ts'
import { lengthened, makeTrace, type Trace } from './trace.ts'
import { readTraceFile } from './trace-file.ts'

const DEFAULT_PARTITIONS = 24
const SECONDS = 600
const DAY_S = 86_400
/** What is simulated behind the end of a file, s. */
const AFTER_FILE_S = 300
/** Shares of what the most and the least workers do. */
const PEAK_SHARE = 0.7
const BASE_SHARE = 0.2
const HOT_SHARE = 0.1
/** Keyless jobs of one request that the publisher sends to one partition. */
const BATCH_RUN = 100
/** How long the load is high, s. */
const LASTING = { step: 120, 'hot-key': 120, burst: 1, flash: 60, diurnal: DAY_S } as const

/** Steps, ms; in a long simulation a second is short enough, and where jobs take long a hundredth of that. */
const STEP_MS = 250
const LONG_STEP_MS = 1_000
/** Partitions × seconds beyond which a simulation is long: two hours of 24, 20 s of 10,000. */
const LONG = 200_000

/** What is simulated, s; undefined: as long as its file. */
const secondsOf = ({ seconds, trace }: Options): number | undefined =>
  seconds ?? (isSynthetic(trace) ? (trace === 'diurnal' ? DAY_S : SECONDS) : undefined)

/** The settings of the installation. */
export const settingsOf = (options: Options): SimulationSettings => {
  const min = options['workers-min']
  const max = options['workers-max']
  const random = randomFrom(options.seed)
  const partitions = options.partitions ?? Math.max(DEFAULT_PARTITIONS, max)
  const syncMs = options.policy === 'drain-time' && options.through === 'direct' ? 1_000 : options['sync-ms']
  const phaseMs = options['phase-ms'] ?? Math.ceil((random() * syncMs) / 1_000) * 1_000
  const share = options['hot-share'] ?? (options.trace === 'hot-key' ? HOT_SHARE : 0)
  const hotKeys: HotKey[] = share > 0 ? [{ partition: 0, share }] : []
  return {
    fleet: {
      partitions,
      minReplicas: min,
      maxReplicas: max,
      replicas: min,
      concurrency: options.concurrency,
      serviceMs: options['service-ms'],
    },
    timing: {
      ...measuredTiming,
      startupMs: options['startup-ms'],
      startupSpread: options['startup-spread'],
      handoverMs: options['rebalance-ms'],
    },
    hotKeys,
    placing: options.placing,
    runJobs: options.run ?? (options.trace === 'burst' ? BATCH_RUN : 1),
    stepMs:
      options['step-ms'] ??
      Math.max(
        Math.round(options['service-ms'] / 100),
        partitions * (secondsOf(options) ?? 0) > LONG ? LONG_STEP_MS : STEP_MS,
      ),
    changes: { everyMs: syncMs, phaseMs },
    seed: options.seed,
  }
}

/** @throws AppError REQUEST_INVALID for a file that can't be read */
export const traceOfOptions = async (options: Options, { fleet }: SimulationSettings): Promise<Trace> => {
  const { trace: name, jobs, at: atS } = options
  if (!isSynthetic(name)) {
    const trace = await readTraceFile(name)
    return lengthened(trace, options.seconds ?? trace.jobsBySecond.length + AFTER_FILE_S)
  }
  return makeTrace(name, {
    seconds: secondsOf(options) ?? SECONDS,
    base: options.base ?? BASE_SHARE * fleet.minReplicas * workerRate(fleet),
    rate: options.rate ?? PEAK_SHARE * fleet.maxReplicas * workerRate(fleet),
    jobs,
    atS,
    forS: options.for ?? LASTING[name],
    random: options.random ? randomFrom(options.seed + 1) : undefined,
  })
}

/** Calls with the policy that the options name: policies have states of types of their own. */
export const chosenPolicy = <Result>(
  options: Options,
  { fleet, timing, changes }: SimulationSettings,
  use: <State>(name: string, policy: Policy<State>) => Result,
): Result => {
  const { minReplicas, maxReplicas } = fleet
  const pace = { syncMs: changes.everyMs, phaseMs: changes.phaseMs, pollingMs: options['polling-ms'] }
  const behavior: Behavior = { scaleDown: { stabilizationWindowSeconds: options['window-s'] } }
  switch (options.policy) {
    case 'static':
      return use(`static ${minReplicas}`, staticPolicy(minReplicas))
    case 'drain-time': {
      const policy = drainTimePolicy({
        minReplicas,
        maxReplicas,
        objectiveMs: options['objective-ms'],
        startupMs: timing.startupMs,
        rebalanceMs: timing.handoverMs,
        downStabilizationMs: options['window-s'] * 1_000,
        lagThreshold: options['lag-threshold'],
        tolerance: HPA_TOLERANCE,
      })
      return options.through === 'direct'
        ? use('drain-time', policy)
        : use(
            'drain-time',
            throughHpa(policy, { ...pace, minReplicas, maxReplicas, behavior: followingBehavior }),
          )
    }
    default: {
      const trigger = { lagThreshold: options['lag-threshold'], offsetResetPolicy: 'earliest' as const }
      return use('kafka', paced(kafkaPolicy({ trigger, minReplicas, maxReplicas, behavior }), pace))
    }
  }
}

/** @throws AppError REQUEST_INVALID for a file that can't be read */
export const runScenario = async (options: Options): Promise<Comparison> => {
  const settings = settingsOf(options)
  const trace = await traceOfOptions(options, settings)
  return chosenPolicy(options, settings, (name, policy) =>
    compare(name, policy, trace, settings, options['objective-ms']),
  )
}
