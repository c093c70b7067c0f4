import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import { readArgs } from '../../producer/load/args.ts'
import { createProgress, progressLine } from '../../producer/load/progress.ts'
import { renderReport } from '../../producer/load/render.ts'
import { exitCodeOf, makeReport, type Report, type ReportParts } from '../../producer/load/report.ts'
import { Tally } from '../../producer/load/tally.ts'
import { newDecisions, type Sample } from '../../producer/load/watch.ts'

const test = suite('load report')

const start = Date.UTC(2025, 0, 1)
const idAt = (ms: number): string => makeJobId({ submittedAt: ms, partition: 0, epoch: 0 })
const nothingMissing = { unfinished: 0, unknown: 0, unknownIds: [] }

const sample = (atS: number, lag: number, ready = 3): Sample => ({
  ...{ atS, lag, ready, desired: ready, arrivalRate: 10, drainRate: 5 },
  ...{ sent: 0, accepted: 0, finished: 0 },
})

/** Jobs due every 10 ms, accepted 5 ms and ended 25 ms after; the master's clock is `aheadMs` ahead. */
const tallyOf = (jobs: number, aheadMs = 0, ended = jobs): Tally => {
  const tally = new Tally()
  for (let job = 0; job < jobs; job++) {
    const due = start + job * 10
    tally.send(1, due, due + 1)
    tally.accept(idAt(due + 3 + aheadMs), due, due + 1, due + 5)
  }
  for (let job = 0; job < ended; job++)
    tally.end('succeeded', start + job * 10, start + job * 10 + 25 + aheadMs)
  return tally
}

const reportOf = (parts: Partial<ReportParts>, rate = '100'): Report =>
  makeReport({
    options: readArgs(['--rate', rate, '--jobs', '100']),
    startedAt: start,
    interrupted: false,
    tally: tallyOf(100),
    missing: nothingMissing,
    orderFaults: undefined,
    samples: [sample(0, 0), sample(0.5, 40, 5), sample(1, 10), sample(2, 0), sample(3, 0)],
    decisions: [],
    series: [],
    ...parts,
  })

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= expected * 0.002, `${actual} is not ${expected}`)

test('latencies count from when the job was due', () => {
  const { latency } = reportOf({})
  near(latency.submit?.p50, 5)
  near(latency.endToEnd?.p99, 25)
  near(latency.late?.max, 1)
})

test('rates count from the start to the last acceptance and the last end', () => {
  const { throughput, durationS, drainS, workers, peakLag } = reportOf({})
  near(durationS.submit, 0.995)
  near(durationS.finish, 1.015)
  near(throughput.submit, 100 / 0.995)
  near(drainS.finished, 0.02)
  near(drainS.lagZero, 2 - 0.995)
  assert.equal([workers, peakLag], [{ first: 3, peak: 5, last: 3 }, 40])
})

test('a clock that is ahead or behind is found and taken out of the latencies', () => {
  for (const aheadMs of [-5_000, 5_000]) {
    const report = reportOf({ tally: tallyOf(100, aheadMs) })
    assert.ok(Math.abs(report.clockAheadMs - aheadMs) <= 3, `${report.clockAheadMs}`)
    assert.ok(Math.abs((report.latency.endToEnd?.p50 ?? 0) - 25) <= 3)
  }
  assert.is(reportOf({}).clockAheadMs, 0)
})

test('an accepted job without an outcome is lost and fails the run', () => {
  const report = reportOf({
    tally: tallyOf(100, 0, 98),
    missing: { unfinished: 1, unknown: 1, unknownIds: ['x'] },
  })
  assert.equal([report.jobs.lost, exitCodeOf(report), report.drainS.finished], [2, 1, undefined])
  assert.match(
    renderReport(report),
    /lost +2 {3}1 known to the master as unfinished, 1 unknown to it\n {2}x\n/,
  )
})

test('what was tried again, and whether orders were kept, is told where it was asked for, and a fault fails the run', () => {
  const tally = tallyOf(98)
  tally.failures.expected = 5
  tally.end('succeeded', start, start, 4)
  tally.end('dead', start, start, 2)
  const options = readArgs(['--fail', '0.05', '--keys', '7'])
  const report = reportOf({ tally, options, orderFaults: 0 })
  assert.equal(report.retries, { jobs: 2, expected: 5, made: 5, mostAttempts: 4 })
  assert.is(exitCodeOf(report), 0)
  assert.match(
    renderReport(report),
    /retried +2 {3}at most 4 attempts of one\n +5 {3}attempts failed, of 5 expected\norder faults +0 {3}of 7 keys\n/,
  )
  assert.is(exitCodeOf(reportOf({ tally, options, orderFaults: 1 })), 1)
  assert.not.match(renderReport(reportOf({})), /retried|order/)
})

test('after Ctrl-C what is unfinished is not lost', () => {
  const report = reportOf({ interrupted: true, tally: tallyOf(100, 0, 98) })
  assert.equal([report.jobs.lost, exitCodeOf(report)], [0, 130])
})

test('a run in which nothing was accepted fails, and says why', () => {
  const tally = new Tally()
  for (let i = 0; i < 3; i++) tally.refuse({ code: 'QUEUE_FULL', detail: 'full', status: 429 })
  tally.refuse({ code: 'ECONNRESET', detail: 'reset', status: 0 }, 2)
  const report = reportOf({ tally, samples: [] })
  assert.is(exitCodeOf(report), 1)
  assert.equal(
    report.jobs.refused.map(({ code, count }) => [code, count]),
    [
      ['QUEUE_FULL', 3],
      ['ECONNRESET', 2],
    ],
  )
  assert.match(renderReport(report), /refused +3 {3}QUEUE_FULL: full\nno answer +2 {3}ECONNRESET: reset\n/)
})

test('a run where all went well exits with 0, and its text says each number', () => {
  const report = reportOf({
    decisions: [{ at: new Date(start + 15_000).toISOString(), from: 3, to: 7, reason: 'lag 1,400' }],
    series: [
      {
        ...{ file: 'a.csv', rows: 1_000, timed: true, status: 'succeeded', count: 1 },
        top: [{ from: '2014-07-01', to: '2014-07-02', score: 0.987 }],
      },
    ],
  })
  assert.is(exitCodeOf(report), 0)
  const text = renderReport(report)
  for (const part of [
    /open loop, 100 jobs\/s/,
    /accepted +100 {3}in 1\.0 s, 101 jobs\/s/,
    /lost +0/,
    /workers +3 → 5 \(peak\) → 3; peak lag 40/,
    /submit +5\.0/,
    / {2}\+15 s {2}3 → 7 {2}lag 1,400/,
    /a\.csv: 1,000 rows, 1 anomaly\n {2}0\.99 {2}2014-07-01 {2}to {2}2014-07-02/,
  ]) {
    assert.match(text, part)
  }
  for (const line of text.split('\n')) assert.ok(line.length <= 72, line)
})

test('a closed loop says that it is one, and not how late it sent', () => {
  const report = reportOf({}, '0')
  assert.equal([report.loop, report.latency.late], ['closed', undefined])
  assert.match(renderReport(report), /closed loop/)
})

test('decisions are kept once, in order, without those from before or that change nothing', () => {
  const at = (s: number, from: number, to: number) => ({
    ...{ at: new Date(start + s * 1_000).toISOString(), from, to },
    reason: 'because',
  })
  const told = [at(30, 7, 7), at(20, 3, 7), at(10, 1, 3), at(-5, 0, 1)]
  const first = newDecisions([], told, start)
  assert.equal(first, [at(10, 1, 3), at(20, 3, 7)])
  assert.equal(newDecisions(first, [at(40, 7, 3), ...told], start), [at(40, 7, 3)])
})

const recorder = (isTTY: boolean, columns: number) => {
  let text = ''
  const stream = {
    ...{ isTTY, columns },
    write: (chunk: string | Uint8Array) => {
      text += String(chunk)
      return true
    },
  }
  return { stream, text: () => text }
}

test('a terminal shows one line that never wraps, and gets it taken away', () => {
  const { stream, text } = recorder(true, 30)
  const progress = createProgress(stream)
  progress.show(progressLine(sample(1, 2)))
  progress.show('second')
  progress.end()
  assert.is(text(), '   1 s  sent 0  accepted 0  f\r\x1b[2Ksecond\r\x1b[2K')
})

test('a file gets whole lines, some seconds apart', () => {
  const { stream, text } = recorder(false, 0)
  let clock = 0
  const progress = createProgress(stream, () => clock)
  for (; clock <= 6_000; clock += 1_000) progress.show(`${clock}`)
  progress.end()
  assert.is(text(), '0\n3000\n6000\n')
})

test.run()
