/** How far back the overview looks. */

export interface Range {
  /** In the address. */
  readonly key: string
  readonly label: string
  readonly spanMs: number
  /** Time between points: some hundreds of them are as many as the width can show. */
  readonly stepMs: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const usual: Range = { key: '15m', label: '15 min', spanMs: 15 * MINUTE_MS, stepMs: 1_000 }

export const ranges: readonly Range[] = [
  { key: '5m', label: '5 min', spanMs: 5 * MINUTE_MS, stepMs: 1_000 },
  usual,
  { key: '1h', label: '1 h', spanMs: HOUR_MS, stepMs: 5_000 },
  { key: '6h', label: '6 h', spanMs: 6 * HOUR_MS, stepMs: 30_000 },
  { key: '24h', label: '24 h', spanMs: 24 * HOUR_MS, stepMs: 120_000 },
]

/** The range that an address asks for; one that is unknown is the usual one. */
export const rangeOf = (key: string | undefined): Range => ranges.find((it) => it.key === key) ?? usual

/** What stands in the address: nothing for the usual one. */
export const searchOf = (range: Range): string => (range === usual ? '' : `?range=${range.key}`)

/** In a sentence: "the last 15 minutes". */
export const inWords = ({ spanMs }: Range): string =>
  spanMs < HOUR_MS
    ? `the last ${spanMs / MINUTE_MS} minutes`
    : spanMs === HOUR_MS
      ? 'the last hour'
      : `the last ${spanMs / HOUR_MS} hours`
