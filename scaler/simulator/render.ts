/** Figures of runs side by side, and a run over time, as text for people. */
import { plot } from '../../core/plot.ts'
import type { Comparison } from './compare.ts'
import type { Summary } from './report.ts'
import type { Moment } from './simulate.ts'

const count = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (value: number | undefined): string =>
  value === undefined ? '–' : `${value < 100 ? value.toFixed(1) : count(value)} s`
const wait = (ms: number): string => seconds(ms / 1_000)
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

const rows: readonly (readonly [string, (summary: Summary) => string])[] = [
  ['time to drain', ({ drainSeconds }) => seconds(drainSeconds)],
  ['first decision to grow', ({ reaction }) => seconds(reaction.decidedS)],
  ['first new worker Ready', ({ reaction }) => seconds(reaction.readyS)],
  ['wait p50', ({ waiting }) => wait(waiting.p50Ms)],
  ['wait p90', ({ waiting }) => wait(waiting.p90Ms)],
  ['wait p99', ({ waiting }) => wait(waiting.p99Ms)],
  ['wait max', ({ waiting }) => wait(waiting.maxMs)],
  ['late (over the objective)', ({ late }) => percent(late)],
  ['replica-seconds', ({ replicaSeconds }) => count(replicaSeconds)],
  ['  no plan below', ({ leastReplicaSeconds }) => count(leastReplicaSeconds)],
  ['scale events', ({ scaleEvents }) => count(scaleEvents)],
  ['rebalances', ({ rebalances }) => count(rebalances)],
  ['peak replicas', ({ peakReplicas }) => count(peakReplicas)],
  ['peak backlog', ({ peakBacklog }) => count(peakBacklog)],
  ['jobs left', ({ left }) => count(left)],
]

/** Summaries as columns. */
export const table = (summaries: readonly Summary[]): string[] => {
  const first = Math.max(...rows.map(([title]) => title.length)) + 2
  const columns = summaries.map((summary) => {
    const cells = [summary.name, ...rows.map(([, cell]) => cell(summary))]
    const width = Math.max(...cells.map((cell) => cell.length)) + 2
    return cells.map((cell) => cell.padStart(width))
  })
  return ['', ...rows.map(([title]) => title)].map((title, line) =>
    [title.padEnd(first), ...columns.map((cells) => cells[line] ?? '')].join('').trimEnd(),
  )
}

/** Lag, and workers asked for and Ready, over time. */
export const chart = (moments: readonly Moment[]): string[] => {
  const of = (value: (moment: Moment) => number) =>
    moments.map((moment) => ({ atS: moment.atS, value: value(moment) }))
  return [
    ...plot(
      of(({ lag }) => lag),
      { title: 'lag (jobs not committed)' },
    ),
    ...plot(
      of(({ desired }) => desired),
      { title: 'workers asked for', height: 4 },
    ),
    ...plot(
      of(({ ready }) => ready),
      { title: 'workers Ready', height: 4 },
    ),
  ]
}

export const render = (comparison: Comparison, withChart: boolean): string[] => {
  const { trace, policy, clairvoyant, objectiveMs, limitMs, boundSeconds, moments, decisions } = comparison
  const kept =
    limitMs <= objectiveMs * 1.001
      ? 'no job waits longer than the objective'
      : `no plan keeps the objective; no job waits longer than under the fastest plan, ${wait(limitMs)}`
  return [
    `${trace.name}: ${count(trace.jobs)} jobs in ${count(trace.seconds)} s; objective ${wait(objectiveMs)}`,
    '',
    ...table([policy, clairvoyant, ...comparison.statics]),
    '',
    `clairvoyant: the best plan found under which ${kept}; none costs less than ${count(boundSeconds)} replica-seconds`,
    '“no plan below”: the least of all plans whose longest wait is that of the column (workers share one queue, rebalances are free)',
    ...(withChart
      ? [
          '',
          ...chart(moments),
          '',
          ...decisions.map(
            ({ at, from, to, reason }) => `${seconds(Date.parse(at) / 1_000)}: ${from} → ${to}: ${reason}`,
          ),
        ]
      : []),
  ]
}
