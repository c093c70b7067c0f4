/** What is shown of a scan's result: which lines, in which order, and as a file. Pure. */
import type { RankedAnomaly, ScanLine, ScanResult, Severity } from '../../kit/api/scan-types.ts'

export interface RankedRow {
  /** Its place among all, from 1 on, whatever is shown. */
  readonly rank: number
  readonly anomaly: RankedAnomaly
}

export const rankingSorts = ['score', 'series', 'time', 'length'] as const
export type RankingSort = (typeof rankingSorts)[number]
export const severities = ['critical', 'major', 'minor'] as const

export const lineKinds = ['anomalous', 'clean', 'failed'] as const
export type LineKind = (typeof lineKinds)[number]
export const lineSorts = ['order', 'score', 'count', 'series'] as const
export type LineSort = (typeof lineSorts)[number]

const compareNames = new Intl.Collator('en', { numeric: true }).compare

/** ms since the epoch, or the row where there is no time. */
const beginning = ({ start, startTimestamp }: RankedAnomaly): number =>
  startTimestamp === undefined ? start : new Date(startTimestamp).getTime()

const lengthOf = ({ start, end }: RankedAnomaly): number => end - start + 1

const rankingOrders: Readonly<Record<RankingSort, (a: RankedRow, b: RankedRow) => number>> = {
  score: (a, b) => a.rank - b.rank,
  series: (a, b) => compareNames(a.anomaly.series, b.anomaly.series) || a.anomaly.start - b.anomaly.start,
  time: (a, b) => beginning(a.anomaly) - beginning(b.anomaly) || a.rank - b.rank,
  length: (a, b) => lengthOf(b.anomaly) - lengthOf(a.anomaly) || a.rank - b.rank,
}

const contains = (name: string, text: string): boolean =>
  name.toLowerCase().includes(text.trim().toLowerCase())

export const selectRanking = (
  ranking: readonly RankedAnomaly[],
  { text, severity, sort }: { text: string; severity: Severity | undefined; sort: RankingSort },
): RankedRow[] =>
  ranking
    .map((anomaly, index) => ({ rank: index + 1, anomaly }))
    .filter(
      ({ anomaly }) =>
        contains(anomaly.series, text) && (severity === undefined || anomaly.severity === severity),
    )
    .sort(rankingOrders[sort])

export const kindOf = ({ error, count = 0 }: ScanLine): LineKind => {
  if (error) return 'failed'
  return count > 0 ? 'anomalous' : 'clean'
}

const lineOrders: Readonly<Record<LineSort, (a: ScanLine, b: ScanLine) => number>> = {
  // Sorting is stable: what compares as equal stays in the order of the data set.
  order: () => 0,
  score: (a, b) => (b.topScore ?? -1) - (a.topScore ?? -1),
  count: (a, b) => (b.count ?? -1) - (a.count ?? -1),
  series: (a, b) => compareNames(a.series, b.series),
}

export const selectLines = (
  lines: readonly ScanLine[],
  { text, kind, sort }: { text: string; kind: LineKind | undefined; sort: LineSort },
): ScanLine[] =>
  lines
    .filter((line) => contains(line.series, text) && (kind === undefined || kindOf(line) === kind))
    .sort(lineOrders[sort])

/** The one of `all` that a text names; undefined where it names none. */
export const oneOf = <T extends string>(all: readonly T[], text: string | undefined): T | undefined =>
  all.find((it) => it === text)

/** What a spreadsheet would take for a formula. A name comes from whoever made the file. */
const FORMULA = /^[=+\-@\t\r]/

const cell = (value: string | number | undefined): string => {
  const given = String(value ?? '')
  const text = typeof value === 'string' && FORMULA.test(given) ? `'${given}` : given
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The ranking as CSV (RFC 4180), with a header. A name that a spreadsheet would calculate stands behind an apostrophe. */
export const rankingCsv = ({ ranking }: Pick<ScanResult, 'ranking'>): string => {
  const head = ['rank', 'series', 'start', 'end', 'peak', 'start_row', 'end_row', 'score', 'severity', 'job']
  const rows = ranking.map((it, index) => [
    index + 1,
    it.series,
    it.startTimestamp,
    it.endTimestamp,
    it.peakTimestamp,
    it.start,
    it.end,
    it.score,
    it.severity,
    it.job,
  ])
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
