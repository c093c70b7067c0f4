/** The command line of the simulator: one table gives the check of each option and the help text. */
import { extname } from 'node:path'
import { z } from 'zod'
import {
  collectOptions,
  describeOptions,
  faultsOf,
  integerOption as integer,
  numberOption as number,
  placeholder,
  refuseFaults,
} from '../../core/command-line.ts'
import { placings } from './placing.ts'
import { measuredTiming } from './settings.ts'
import { type SyntheticTrace, syntheticTraces } from './trace.ts'
import { traceFileTypes } from './trace-file.ts'

const policies = ['kafka', 'keda', 'drain-time', 'static'] as const
const ways = ['hpa', 'direct'] as const
const traces = `${syntheticTraces.join(', ')}, or a file that ends with ${traceFileTypes.join(', ')}`

const table = z.object({
  policy: z
    .enum(policies, `must be one of ${policies.join(', ')}`)
    .default('kafka')
    .describe(
      'kafka: KEDA’s trigger and the HPA, also called keda; drain-time; static: --workers-min, always',
    )
    .meta(placeholder('NAME')),
  through: z
    .enum(ways, 'must be hpa or direct')
    .default('hpa')
    .describe('drain-time: hpa as on a cluster, direct (each second) as on one machine')
    .meta(placeholder('WAY')),
  trace: z
    .string()
    .refine((name) => isSynthetic(name) || traceFileTypes.includes(extname(name)), `must be ${traces}`)
    .default('burst')
    .describe(
      'step, burst, diurnal, flash, hot-key, or a file: .csv (seconds,jobs), .jsonl or .json (recorded)',
    )
    .meta(placeholder('TRACE')),
  'workers-min': integer(0, 100_000).default(3).describe('workers at least').meta(placeholder('N')),
  'workers-max': integer(1, 100_000).default(24).describe('workers at most').meta(placeholder('N')),
  partitions: integer(1, 100_000)
    .optional()
    .describe('partitions of the jobs topic (default 24, or as many as --workers-max)')
    .meta(placeholder('N')),
  'service-ms': number(0.1, 86_400_000).default(100).describe('time a job takes, ms').meta(placeholder('MS')),
  concurrency: integer(1, 1_000).default(5).describe('jobs a worker runs at once').meta(placeholder('N')),
  seconds: integer(1, 10_000_000)
    .optional()
    .describe('length of the simulation (default 600, a day for diurnal, 300 more than a file)')
    .meta(placeholder('S')),
  jobs: number(1, 1e12)
    .default(10_000)
    .describe('burst: jobs that come within a second')
    .meta(placeholder('N')),
  rate: number(0, 1e9)
    .optional()
    .describe('others: jobs/s at the peak (default 0.7 of what --workers-max do)')
    .meta(placeholder('R')),
  base: number(0, 1e9)
    .optional()
    .describe('jobs/s otherwise (default 0.2 of what --workers-min do)')
    .meta(placeholder('R')),
  at: integer(0, 10_000_000).default(60).describe('when the load rises, s').meta(placeholder('S')),
  for: integer(1, 10_000_000)
    .optional()
    .describe('how long: step, hot-key (default 120); half-life of a flash (60); a day (86400)')
    .meta(placeholder('S')),
  'hot-share': number(0.001, 1)
    .optional()
    .describe('share of the jobs that are of one key (default 0.1 for hot-key, else none)')
    .meta(placeholder('S')),
  placing: z
    .enum(placings, 'must be keyless or keyed')
    .default('keyless')
    .describe('keyless jobs go where least waits; keyed: evenly by their hashes')
    .meta(placeholder('WAY')),
  run: integer(1, 1_000_000)
    .optional()
    .describe(
      'keyless jobs that go to one partition together (default 100 for a burst, as of a batch; else 1)',
    )
    .meta(placeholder('N')),
  random: z.boolean().default(false).describe('arrivals by chance (Poisson) instead of even ones'),
  'objective-ms': integer(1_000, 86_400_000)
    .default(30_000)
    .describe('within which a job is to be done, ms')
    .meta(placeholder('MS')),
  'lag-threshold': integer(1, 1e6)
    .default(200)
    .describe('kafka: lag a worker is worth')
    .meta(placeholder('N')),
  'window-s': integer(0, 3_600)
    .default(60)
    .describe('stabilization window before shrinking, s')
    .meta(placeholder('S')),
  'startup-ms': integer(0, 3_600_000)
    .default(measuredTiming.startupMs)
    .describe('from asking for a worker to Ready, ms')
    .meta(placeholder('MS')),
  'startup-spread': number(0, 1)
    .default(measuredTiming.startupSpread)
    .describe('that, spread evenly by ± this share')
    .meta(placeholder('S')),
  'rebalance-ms': integer(0, 600_000)
    .default(measuredTiming.handoverMs)
    .describe('how long partitions that move stand still, ms')
    .meta(placeholder('MS')),
  'sync-ms': integer(1_000, 3_600_000)
    .default(15_000)
    .describe('the HPA’s sync period, ms')
    .meta(placeholder('MS')),
  'polling-ms': integer(1_000, 3_600_000)
    .default(5_000)
    .describe('KEDA’s polling interval, while there are no workers, ms')
    .meta(placeholder('MS')),
  'phase-ms': integer(0, 3_600_000)
    .optional()
    .describe('when the HPA looks first, ms (default by chance)')
    .meta(placeholder('MS')),
  'step-ms': integer(10, 60_000)
    .optional()
    .describe('length of a step, ms (default 250; 1000 for long times or many partitions)')
    .meta(placeholder('MS')),
  seed: integer(0, 2 ** 31 - 1)
    .default(1)
    .describe('repeats what is by chance')
    .meta(placeholder('N')),
  chart: z.boolean().default(false).describe('lag and workers over time, and why they changed'),
  json: z.boolean().default(false).describe('one JSON document instead of the table'),
})

export type Options = z.output<typeof table>

export const isSynthetic = (name: string): name is SyntheticTrace => syntheticTraces.some((it) => it === name)

const kinds = { names: Object.keys(table.shape), flags: ['random', 'chart', 'json'] }

const relations = (options: Options): string[] => {
  const min = options['workers-min']
  const max = options['workers-max']
  const { partitions, trace, seconds, at } = options
  const own = isSynthetic(trace)
  return [
    ...(min > max ? [`--workers-min: ${min} is more than --workers-max, ${max}`] : []),
    ...(partitions !== undefined && max > partitions
      ? [`--workers-max: ${max} is more than the ${partitions} partitions: a further worker would have none`]
      : []),
    ...(options.policy === 'static' && min === 0
      ? ['--workers-min: must be 1 or more for --policy static']
      : []),
    ...(own && seconds !== undefined && trace !== 'diurnal' && at >= seconds
      ? [`--at: ${at} is not before the end, --seconds ${seconds}`]
      : []),
  ]
}

/** Reads the arguments after the program's name. @throws AppError REQUEST_INVALID with every fault, a line each */
export const readArgs = (args: readonly string[]): Options => {
  const { given, faults } = collectOptions(args, kinds)
  const parsed = table.safeParse(given)
  refuseFaults([...faults, ...faultsOf(parsed.error), ...(parsed.success ? relations(parsed.data) : [])])
  if (!parsed.success) throw parsed.error
  return parsed.data
}

/** The text of `--help`. */
export const helpText = (): string =>
  [
    'Tries a scaling policy on a fleet that is not there, and compares it with a clairvoyant plan and with static fleets.',
    '',
    'Usage: npm run simulate -- [options]',
    '',
    ...describeOptions(table.shape, 21),
    `  ${'--help'.padEnd(21)} this text`,
    '',
    'Exit code: 0; 1 for a file that can’t be read; 2 for wrong options.',
    'Example: npm run simulate -- --policy drain-time --trace burst --jobs 10000 --workers-max 24 --chart',
  ].join('\n')
