/** The command line of `npm run detect`: one table gives the check of each option and the help text. */
import { z } from 'zod'
import {
  collectOptions,
  describeOptions,
  faultsOf,
  numberOption,
  placeholder,
  refuseFaults,
} from '../../../core/command-line.ts'
import { DEFAULT_DETECTOR } from '../catalogue.ts'
import { DEFAULT_THRESHOLDS } from '../score.ts'

const names = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((all) => all.every((name) => name !== ''), 'must be names with commas between them')

const table = z.object({
  detector: z.string().default(DEFAULT_DETECTOR).describe('which, see --list').meta(placeholder('NAME')),
  threshold: numberOption(0, 1)
    .optional()
    .describe(
      `score from which on a point is flagged, over 0 and below 1 (default: ${DEFAULT_THRESHOLDS.streaming} of streaming detectors, ${DEFAULT_THRESHOLDS.batch} of batch detectors)`,
    )
    .meta(placeholder('X')),
  columns: names
    .optional()
    .describe('columns of values, by name (default: value, or else all columns of numbers)')
    .meta(placeholder('A,B')),
  timestamp: z
    .string()
    .optional()
    .describe('column of the timestamps, by name (default: one that is named so or looks so)')
    .meta(placeholder('NAME')),
  json: z.boolean().default(false).describe('print the whole report as JSON on stdout instead of the scores'),
  list: z.boolean().default(false).describe('tell which detectors there are'),
})

export interface DetectOptions {
  /** `-` is stdin; undefined with `list`. */
  readonly file: string | undefined
  readonly detector: string
  readonly threshold?: number | undefined
  readonly columns: readonly string[] | undefined
  readonly timestamp: string | undefined
  readonly json: boolean
  readonly list: boolean
}

const kinds = { names: Object.keys(table.shape), flags: ['json', 'list'], positionals: ['file'] }

/** Reads the arguments after the program's name. @throws AppError REQUEST_INVALID with every fault, a line each */
export const readArgs = (args: readonly string[]): DetectOptions => {
  const { given, faults } = collectOptions(args, kinds)
  const { file, ...options } = given
  const parsed = table.safeParse(options)
  const needed = file === undefined && options['list'] !== true ? ['FILE.csv: is missing (- is stdin)'] : []
  refuseFaults([...faults, ...faultsOf(parsed.error), ...needed])
  if (!parsed.success) throw parsed.error
  const { columns, timestamp, ...rest } = parsed.data
  return { file: typeof file === 'string' ? file : undefined, columns, timestamp, ...rest }
}

export const helpText = (): string =>
  [
    'Usage: npm run -s detect -- FILE.csv [options]     (or: node consumer/detection/main.ts FILE.csv [options])',
    '',
    'Scores each row of a CSV file of time series (- is stdin), with no service running. Prints CSV with the columns',
    'timestamp,value,anomaly_score: the rows in the order of the file, timestamps and values as they came, scores from 0 (usual)',
    'to below 1. What was flagged, and why, goes to stderr. A file without timestamps has the number of the row, from 0.',
    'Of several columns of values the score is that of all, and the value that of the first.',
    '',
    ...describeOptions(table.shape),
  ].join('\n')
