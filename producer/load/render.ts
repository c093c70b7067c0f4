/** The report as text, at most 72 columns where its words allow. */
import { plot } from '../../core/plot.ts'
import type { Report } from './report.ts'
import type { Found } from './series.ts'
import type { Percentiles } from './tally.ts'

const integer = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (value: number): string => `${value.toFixed(1)} s`

/** Milliseconds with as many digits as matter. */
const ms = (value: number): string => (value < 100 ? value.toFixed(1) : integer(value))

const rateOf = (durationS: number | undefined, rate: number | undefined): string =>
  durationS === undefined || rate === undefined ? '' : `in ${seconds(durationS)}, ${integer(rate)} jobs/s`

const row = (name: string, count: number, about = ''): string =>
  `${name.padEnd(12)}${integer(count).padStart(11)}   ${about}`.trimEnd()

const heading = ({ jobs, type, url, loop, rate, batch, keys }: Report): string[] => {
  const batches = batch > 1 ? ` in batches of ${integer(batch)}` : ''
  const spread = keys === undefined ? '' : `, ${integer(keys)} keys`
  return [
    `${integer(jobs.planned)} × ${type} to ${url}${batches}${spread}`,
    loop === 'open'
      ? `open loop, ${rate.toLocaleString('en-US')} jobs/s: latencies count from when a job was due`
      : 'closed loop, as fast as answered: latencies count from the sending',
  ]
}

const counts = ({ jobs, throughput, durationS, interrupted }: Report): string[] => {
  const { succeeded, dead, cancelled, lost, unfinished, unknown } = jobs
  const open = `${integer(unfinished)} known to the master as unfinished, ${integer(unknown)} unknown to it`
  return [
    row('accepted', jobs.accepted, rateOf(durationS.submit, throughput.submit)),
    ...(jobs.notSent > 0 ? [row('not sent', jobs.notSent, 'too many requests were unanswered')] : []),
    ...(jobs.refused.length === 0 ? [row('refused', 0)] : []),
    ...jobs.refused.map(({ code, status, count, detail }) =>
      row(status === 0 ? 'no answer' : 'refused', count, `${code}: ${detail}`),
    ),
    row('finished', jobs.finished, rateOf(durationS.finish, throughput.finish)),
    row('', succeeded, 'succeeded'),
    ...(dead > 0 ? [row('', dead, 'dead')] : []),
    ...(cancelled > 0 ? [row('', cancelled, 'cancelled')] : []),
    ...(interrupted ? [row('unfinished', jobs.accepted - jobs.finished, 'interrupted')] : []),
    row('lost', lost, lost > 0 ? open : ''),
    ...jobs.unknownIds.map((id) => `  ${id}`),
  ]
}

/** What failed and was tried again, and what that did to the order. */
const trouble = ({ retries, keys, orderFaults }: Report): string[] => {
  const { jobs, expected, made, mostAttempts } = retries
  return [
    ...(jobs > 0 || expected !== undefined
      ? [
          row('retried', jobs, `at most ${mostAttempts} attempts of one`),
          row(
            '',
            made,
            `attempts failed${expected === undefined ? '' : `, of ${integer(expected)} expected`}`,
          ),
        ]
      : []),
    ...(keys === undefined || orderFaults === undefined
      ? []
      : [row('order faults', orderFaults, `of ${integer(keys)} key${keys === 1 ? '' : 's'}`)]),
  ]
}

const fleet = ({ drainS, workers, peakLag }: Report): string[] => {
  const { finished, lagZero } = drainS
  const empty = lagZero === undefined ? '' : `lag 0 seen after ${seconds(lagZero)}`
  return [
    `workers     ${workers.first} → ${workers.peak} (peak) → ${workers.last}; peak lag ${integer(peakLag)}`,
    ...(finished === undefined
      ? []
      : [`drained     ${seconds(Math.max(0, finished))} after the last submission${empty && `; ${empty}`}`]),
  ]
}

const latencyTable = ({ latency, clockAheadMs }: Report): string[] => {
  const columns = ['p50', 'p90', 'p99', 'p99.9', 'max']
  const line = (name: string, values: readonly string[]): string =>
    `${name.padEnd(14)}${values.map((value) => value.padStart(11)).join('')}`
  const values = (found: Percentiles | undefined): string[] =>
    found ? [found.p50, found.p90, found.p99, found.p999, found.max].map(ms) : columns.map(() => '-')
  return [
    line('latency, ms', columns),
    line('submit', values(latency.submit)),
    line('end to end', values(latency.endToEnd)),
    ...(latency.late ? [line('sent late by', values(latency.late))] : []),
    ...(clockAheadMs === 0
      ? []
      : [`(the master’s clock is ${ms(clockAheadMs)} ms ahead of this one; taken out)`]),
  ]
}

const decisions = ({ decisions: made, startedAt }: Report): string[] =>
  made.length === 0
    ? []
    : [
        'scaling decisions',
        ...made.map(({ at, from, to, reason }) => {
          const after = (Date.parse(at) - Date.parse(startedAt)) / 1_000
          return `  +${after.toFixed(0)} s  ${from} → ${to}  ${reason}`
        }),
      ]

const TOP = 5

const series = ({ file, rows, timed, status, count, top }: Found): string[] => [
  `${file}: ${integer(rows)} rows, ${count === undefined ? `job ${status}` : `${count} anomal${count === 1 ? 'y' : 'ies'}`}` +
    `${timed ? '' : ' (detected without timestamps)'}`,
  ...top.slice(0, TOP).map(({ from, to, score }) => `  ${score.toFixed(2)}  ${from}  to  ${to}`),
  ...(top.length > TOP ? [`  and ${top.length - TOP} with a lower score`] : []),
]

/** The whole report, with its plots. */
export const renderReport = (report: Report): string => {
  const points = (pick: 'lag' | 'ready') =>
    report.timeline.map((sample) => ({ atS: sample.atS, value: sample[pick] }))
  const sections = [
    heading(report),
    [...counts(report), ...trouble(report), ...fleet(report)],
    latencyTable(report),
    plot(points('lag'), { title: 'lag (jobs)' }),
    plot(points('ready'), { title: 'workers', height: 3 }),
    decisions(report),
    report.series.flatMap(series),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}
