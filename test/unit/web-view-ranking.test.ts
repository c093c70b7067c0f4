/** What is shown of a scan's result: filters, orders, files, words and small drawings. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RankedAnomaly, ScanLine } from '../../web/kit/api/scan-types.ts'
import { oneIn, rarity, whereText } from '../../web/view/scans/anomaly-text.ts'
import { kindOf, oneOf, rankingCsv, selectLines, selectRanking } from '../../web/view/scans/ranking.ts'
import { sparkOf, stretchOf } from '../../web/view/scans/spark.ts'
import { leftText, tookText } from '../../web/view/scans/took.ts'

const test = suite('a scan’s ranking')

const anomaly = (series: string, start: number, more: Partial<RankedAnomaly> = {}): RankedAnomaly => ({
  series,
  job: `job-of-${series}`,
  start,
  end: start,
  peak: start,
  score: 0.6,
  severity: 'major',
  ...more,
})
const ranking = [
  anomaly('cpu-10', 50, { score: 0.7, severity: 'critical', end: 59 }),
  anomaly('cpu-2', 10),
  anomaly('Disk', 5, { severity: 'minor' }),
  anomaly('cpu-2', 3, { severity: 'minor', end: 30 }),
]
const all = { text: '', severity: undefined, sort: 'score' } as const
const ranksOf = (rows: readonly { rank: number }[]): number[] => rows.map(({ rank }) => rank)

test('an anomaly keeps its rank among all, whatever is shown and in which order', () => {
  assert.equal(ranksOf(selectRanking(ranking, all)), [1, 2, 3, 4])
  assert.equal(ranksOf(selectRanking(ranking, { ...all, text: ' CPU-2' })), [2, 4])
  assert.equal(ranksOf(selectRanking(ranking, { ...all, severity: 'minor' })), [3, 4])
  assert.equal(ranksOf(selectRanking(ranking, { ...all, sort: 'series' })), [4, 2, 1, 3])
  assert.equal(ranksOf(selectRanking(ranking, { ...all, sort: 'length' })), [4, 1, 2, 3])
  assert.equal(ranksOf(selectRanking(ranking, { ...all, sort: 'time' })), [4, 3, 2, 1])
})

test('time goes by timestamps where there are any', () => {
  const timed = [
    anomaly('a', 1, { startTimestamp: '2026-11-02T00:00:00Z' }),
    anomaly('b', 900, { startTimestamp: Date.parse('2026-11-01T00:00:00Z') }),
  ]
  assert.equal(ranksOf(selectRanking(timed, { ...all, sort: 'time' })), [2, 1])
})

const lines: ScanLine[] = [
  { series: 'b', job: '1', count: 0, topScore: 0 },
  { series: 'a', job: '2', count: 2, topScore: 0.6 },
  { series: 'c', job: '3', error: { code: 'REQUEST_INVALID', message: 'too short' } },
  { series: 'd', job: '4', count: 1, topScore: 0.7 },
]
const names = (rows: readonly ScanLine[]): string => rows.map(({ series }) => series).join('')

test('lines of series are told apart by what became of them, and put in order', () => {
  const plain = { text: '', kind: undefined, sort: 'order' } as const
  assert.equal(lines.map(kindOf), ['clean', 'anomalous', 'failed', 'anomalous'])
  assert.is(names(selectLines(lines, plain)), 'bacd')
  assert.is(names(selectLines(lines, { ...plain, kind: 'failed' })), 'c')
  assert.is(names(selectLines(lines, { ...plain, sort: 'score' })), 'dabc')
  assert.is(names(selectLines(lines, { ...plain, sort: 'count' })), 'adbc')
  assert.is(names(selectLines(lines, { ...plain, sort: 'series' })), 'abcd')
  assert.is(names(selectLines(lines, { ...plain, text: 'D' })), 'd')
})

test('an address may name nothing that is known', () => {
  assert.is(oneOf(['a', 'b'], 'b'), 'b')
  assert.is(oneOf(['a', 'b'], 'toString'), undefined)
  assert.is(oneOf(['a', 'b'], undefined), undefined)
})

test('the ranking as CSV quotes what has to be', () => {
  const [head, row] = rankingCsv({ ranking: [anomaly('a "b", c', 7)] }).split('\r\n')
  assert.is(head, 'rank,series,start,end,peak,start_row,end_row,score,severity,job')
  assert.is(row, '1,"a ""b"", c",,,,7,7,0.6,major,"job-of-a ""b"", c"')
})

test('a name that is a formula to a spreadsheet is a text in the file; numbers stay as they are', () => {
  const csv = rankingCsv({
    ranking: ['=cmd|calc', '+1', '-a', '@b', 'c-d'].map((name) => ({ ...anomaly(name, 7), job: 'j' })),
  })
  const names = csv
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(',')[1])
  assert.equal(names, ["'=cmd|calc", "'+1", "'-a", "'@b", 'c-d'])
  assert.match(csv, /,7,7,0\.6,major,j\r\n/)
})

test('a score is told as how many usual points have one as strange', () => {
  assert.is(Math.round(oneIn(0.5)), 1_000)
  assert.is(rarity(0.4), '1 in 100')
  assert.is(rarity(0.7), '1 in 10,000,000')
  assert.is(rarity(0.9), '1 in 10^27')
})

test('a place is its times in UTC, whatever the reader’s zone, or its rows', () => {
  const at = (start: string | number, end: string | number): string =>
    whereText(anomaly('a', 7, { startTimestamp: start, endTimestamp: end }))
  assert.is(at('2026-11-15T07:45:00Z', '2026-11-15T07:45:00Z'), '2026-11-15 07:45')
  assert.is(at('2026-11-15T07:45:00Z', '2026-11-15T08:15:00Z'), '2026-11-15 07:45 – 08:15')
  assert.is(at('2026-11-15T23:45:10+02:00', '2026-11-16T01:00:00Z'), '2026-11-15 21:45:10 – 11-16 01:00')
  assert.is(at(0, 60_000), '1970-01-01 00:00 – 00:01')
  assert.is(whereText(anomaly('a', 1_000, { end: 1_200 })), 'rows 1,000 – 1,200')
  assert.is(whereText(anomaly('a', 1_000)), 'row 1,000')
})

test('how long a scan took is its own time; one that runs says what is left, once it can', () => {
  const startedAt = '2026-11-01T00:00:00.000Z'
  const at = (seconds: number): number => Date.parse(startedAt) + seconds * 1_000
  assert.is(tookText({ startedAt, status: 'succeeded', finishedAt: '2026-11-01T00:00:02.500Z' }, 0), '2.5 s')
  assert.is(tookText({ startedAt, status: 'running' }, at(4)), '4.0 s')
  assert.is(tookText({ status: 'cancelled' }, at(4)), '–')
  assert.is(
    leftText({ startedAt, status: 'running', progress: { fraction: 0.25 } }, at(10)),
    '10 s so far, about 30 s to go',
  )
  assert.is(leftText({ startedAt, status: 'running', progress: { fraction: 0.01 } }, at(10)), '10 s so far')
  assert.is(leftText({ status: 'queued' }, at(10)), '')
})

test('the stretch around an anomaly begins no earlier than the series, and has an end', () => {
  assert.equal(stretchOf({ start: 100, end: 100 }), { from: 60, limit: 81 })
  assert.equal(stretchOf({ start: 5, end: 5 }), { from: 0, limit: 46 })
  assert.equal(stretchOf({ start: 50_000, end: 90_000 }), { from: 49_000, limit: 5_000 })
})

test('a small drawing has the flagged part, its peak, and gaps where values are missing', () => {
  const { usual, flagged, peak } = sparkOf([0, 0, null, 0, 10, 0], { start: 4, end: 4, peak: 4 }, 56, 26)
  assert.is(usual, 'M3 23L13 23M33 23L43 3L53 23')
  assert.is(flagged, 'M33 23L43 3L53 23')
  assert.equal(peak, [43, 3])
  // Constant, or nothing at all.
  assert.is(sparkOf([1, 1], { start: 0, end: 0, peak: 0 }, 56, 26).usual, 'M3 13L53 13')
  assert.is(sparkOf([null], { start: 0, end: 0, peak: 0 }, 56, 26).peak, undefined)
})

test.run()
