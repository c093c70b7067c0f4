/** The command line of the benchmark. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Names of groups; none: all. */
  readonly groups: readonly string[]
  /** Names of contestants; none: all. */
  readonly only: readonly string[]
  readonly quick: boolean
  /** Of the quick run: its ratios become the floors. */
  readonly setFloors: boolean
  readonly rounds: number
  readonly seconds: number
  readonly workers: readonly number[] | undefined
  /** The report's file without its ending: `.md` and `.json` are written. */
  readonly out: string
}

const list = (text: string | undefined): string[] => (text ?? '').split(',').filter((item) => item !== '')

const positive = (name: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${name}: ${text} is no number above 0`)
  return value
}

/** Words are groups. `QUICK`, `ROUNDS`, `OUT` of the environment stand for the options of these names. @throws Error on what it does not know */
export const readOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: (env['QUICK'] ?? '') !== '' },
      'set-floors': { type: 'boolean', default: false },
      rounds: { type: 'string', default: env['ROUNDS'] || '' },
      seconds: { type: 'string', default: '' },
      workers: { type: 'string' },
      out: { type: 'string', default: env['OUT'] || '' },
    },
  })
  const { quick } = values
  const workers = list(values.workers)
  return {
    groups: positionals,
    only: list(values.only),
    quick,
    setFloors: values['set-floors'],
    rounds: values.rounds === '' ? (quick ? 2 : 3) : positive('rounds', values.rounds),
    seconds: values.seconds === '' ? (quick ? 2 : 3) : positive('seconds', values.seconds),
    workers: workers.length === 0 ? undefined : workers.map((text) => positive('workers', text)),
    out:
      values.out === ''
        ? `.data/bench/${quick ? 'quick' : 'report'}`
        : values.out.replace(/\.(md|json)$/, ''),
  }
}
