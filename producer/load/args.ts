/** The command line of the load test: one table gives the check of each option and the help text. */
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
import { MAX_DELAY_MS, typeName } from '../../core/job.ts'
import type { Failures } from './failures.ts'

const url = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http or https URL')
  // The path of a proxy in front is kept; `/api` may be given or left out.
  .transform((text) =>
    text
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .replace(/\/api$/, ''),
  )

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('must be JSON, like \'{"ms":50}\'')
    return z.NEVER
  }
})

const table = z.object({
  url: url.default('http://127.0.0.1:8080').describe('the master').meta(placeholder('URL')),
  jobs: integer(1, 100_000_000)
    .optional()
    .describe('jobs to submit (default 1000; with --file one a file)')
    .meta(placeholder('N')),
  rate: number(0, 1_000_000)
    .default(0)
    .describe('jobs/s, whatever the answers (open loop); 0: as fast as they are answered (closed loop)')
    .meta(placeholder('R')),
  type: typeName.default('noop').describe('job type').meta(placeholder('TYPE')),
  payload: jsonText.optional().describe('payload of every job').meta(placeholder('JSON')),
  keys: integer(1, 1_000_000)
    .optional()
    .describe('spread the jobs evenly over the keys k-0 … k-(N-1) (default no key)')
    .meta(placeholder('N')),
  fail: number(0, 1)
    .optional()
    .describe('share of the jobs that fail their first 1 to 3 attempts; they are of type sleep')
    .meta(placeholder('S')),
  backoff: integer(0, MAX_DELAY_MS)
    .default(10_000)
    .describe('longest wait after a failed attempt, milliseconds; with --fail')
    .meta(placeholder('MS')),
  seed: integer(0, 2 ** 31 - 1)
    .default(1)
    .describe('what chooses the jobs that fail: another seed, other jobs; with --fail')
    .meta(placeholder('N')),
  batch: integer(1, 100_000)
    .default(1)
    .describe('jobs a request: above 1 as NDJSON to /api/jobs/batch')
    .meta(placeholder('N')),
  file: z
    .array(z.string().min(1))
    .default([])
    .describe('a CSV file (timestamp,value) to submit as a detect job; may be repeated')
    .meta(placeholder('CSV')),
  detector: z
    .string()
    .min(1)
    .optional()
    .describe('which detector the detect jobs ask for')
    .meta(placeholder('NAME')),
  token: z
    .string()
    .min(1)
    .optional()
    .describe('bearer token with the roles submit and read')
    .meta(placeholder('T')),
  connections: integer(1, 4096)
    .optional()
    .describe('connections at most (default 256; 8 with --batch)')
    .meta(placeholder('N')),
  timeout: number(1, 86_400)
    .default(120)
    .describe('seconds in which no job ends until those without an outcome count as lost')
    .meta(placeholder('S')),
  json: z.boolean().default(false).describe('print one JSON document on stdout instead of the report'),
})

export interface LoadOptions {
  readonly url: string
  readonly jobs: number
  /** Jobs/s; 0: closed loop. */
  readonly rate: number
  readonly type: string
  readonly payload: unknown
  readonly keys: number | undefined
  /** Jobs that fail at first; undefined: none is made to. */
  readonly fail: Failures | undefined
  readonly batch: number
  readonly files: readonly string[]
  readonly detector: string | undefined
  readonly token: string | undefined
  readonly connections: number
  readonly timeoutMs: number
  readonly json: boolean
}

const kinds = { names: Object.keys(table.shape), flags: ['json'], repeated: ['file'] }

/** Options that exclude or need each other. */
const relations = (given: Readonly<Record<string, unknown>>): string[] => {
  const has = (name: string): boolean => name in given
  const faults = has('file')
    ? ['type', 'payload', 'fail'].filter(has).map((name) => `--${name}: does not go with --file`)
    : has('detector')
      ? ['--detector: needs --file']
      : []
  if (!has('fail')) {
    return [...faults, ...['backoff', 'seed'].filter(has).map((name) => `--${name}: needs --fail`)]
  }
  return has('type') && given['type'] !== 'sleep'
    ? [...faults, '--fail: only jobs of --type sleep can be told to fail']
    : faults
}

/** What jobs of type sleep get that are told nothing. */
const NO_SLEEP = { ms: 0 }

/** Reads the arguments after the program's name. @throws AppError REQUEST_INVALID with every fault, a line each */
export const readArgs = (args: readonly string[]): LoadOptions => {
  const { given, faults } = collectOptions(args, kinds)
  const parsed = table.safeParse(given)
  const payloadGiven = parsed.data?.payload
  const noObject =
    'fail' in given &&
    payloadGiven !== undefined &&
    !(payloadGiven instanceof Object && !Array.isArray(payloadGiven))
      ? ['--payload: must be a JSON object, like \'{"ms":50}\', with --fail']
      : []
  refuseFaults([...faults, ...faultsOf(parsed.error), ...relations(given), ...noObject])
  if (!parsed.success) throw parsed.error
  const {
    jobs,
    file: files,
    type,
    timeout,
    connections,
    payload,
    keys,
    fail,
    backoff: backoffMs,
    seed,
    detector,
    token,
    ...rest
  } = parsed.data
  return {
    ...rest,
    jobs: jobs ?? (files.length > 0 ? files.length : 1_000),
    type: files.length > 0 ? 'detect' : fail === undefined ? type : 'sleep',
    payload: payload === undefined && fail !== undefined ? NO_SLEEP : payload,
    keys,
    fail: fail === undefined ? undefined : { share: fail, backoffMs, seed },
    files,
    detector,
    token,
    connections: connections ?? (rest.batch > 1 ? 8 : 256),
    timeoutMs: timeout * 1_000,
  }
}

/** The text of `--help`. */
export const helpText = (): string => {
  return [
    'Submits jobs to a master, follows every one to its end, and reports rates, latencies and losses.',
    '',
    'Usage: npm run load -- [options]',
    '',
    ...describeOptions(table.shape),
    `  ${'--help'.padEnd(18)} this text`,
    '',
    'Exit code: 0; 1 when an accepted job was lost, or none was accepted, or a key’s order was not kept; 2 for wrong options;',
    '130 after Ctrl-C.',
    'Example: npm run load -- --jobs 20000 --rate 500 --type sleep --payload \'{"ms":50}\'',
  ].join('\n')
}
