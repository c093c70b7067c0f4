/** What the command prints: the scores for programs, the summary for people. */
import type { CsvSeries } from '../../../core/series/csv.ts'
import { type Chooser, choosers, DEFAULT_DETECTOR, detectors } from '../catalogue.ts'
import type { Detector } from '../detector.ts'
import type { Prepared } from '../prepare.ts'
import type { FlaggedRange, Report } from '../report.ts'

/** Ranges told to people, at most: the strangest. */
const MOST_TOLD = 20
/** Lines that are written at once. */
const LINES = 4096

/** A cell with quotes where it needs them (RFC 4180). */
const cellOf = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const stampOf = ({ timestamps }: CsvSeries, row: number): string => timestamps?.at(row) ?? String(row)

/** The lines `timestamp,value,anomaly_score`, some thousand at once. Scores have all their digits, so that no ranking is lost. */
export function* scoreLines(
  series: CsvSeries,
  { pointOfRow }: Prepared,
  { scores }: Report,
): Generator<string> {
  yield 'timestamp,value,anomaly_score\n'
  for (let from = 0; from < series.rows; from += LINES) {
    let text = ''
    for (let row = from; row < Math.min(series.rows, from + LINES); row++) {
      const value = series.texts?.at(row) ?? String(series.columns[0]?.values[row])
      text += `${cellOf(stampOf(series, row))},${cellOf(value)},${scores[pointOfRow[row] ?? 0] ?? 0}\n`
    }
    yield text
  }
}

const strangest = (anomalies: readonly FlaggedRange[]): FlaggedRange[] =>
  anomalies
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST_TOLD)
    .sort((a, b) => a.start - b.start)

/** What was done, found and flagged. */
export const summary = (series: CsvSeries, { remarks, pointOfRow }: Prepared, report: Report): string => {
  const { explanation, anomalies } = report
  const rowOf = (point: number): string => stampOf(series, pointOfRow.indexOf(point))
  const told = strangest(anomalies).map(({ start, end, peak, score, severity, column }) =>
    [
      `  ${rowOf(start)} to ${rowOf(end)}`,
      `peak ${rowOf(peak)}`,
      `score ${score.toFixed(4)}`,
      severity,
      ...(column === undefined ? [] : [column]),
    ].join('  '),
  )
  const more = anomalies.length - told.length
  const unread = series.timestamps !== undefined && series.timesMs === undefined
  return [
    ...(unread
      ? ['The timestamps are in no form that is read: the rows are taken in the order of the file.']
      : []),
    ...remarks,
    explanation,
    ...told,
    ...(more > 0 ? [`  and ${more} of lower scores`] : []),
  ].join('\n')
}

const aboutChooser = ({ name, description }: Chooser): string => `${name}  (chooses)\n  ${description}\n`

const aboutDetector = ({ name, kind, description, source, cost }: Detector): string =>
  `${name}  (${kind}${name === DEFAULT_DETECTOR ? ', the default' : ''})\n  ${description}\n  ${source}\n  ${cost}\n`

/** What there is to choose from. */
export const listing = (): string =>
  [...[...choosers.values()].map(aboutChooser), ...[...detectors.values()].map(aboutDetector)].join('\n')
