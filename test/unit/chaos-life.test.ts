/** The invariants of cancelled, replayed, delayed, scheduled and parked jobs: each finds what breaks it, and nothing else does. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import type { Cancel, Evidence, OutcomeRow, Ticking, TickRow } from '../chaos/evidence.ts'
import { ticksOf } from '../chaos/ticks.ts'
import { brokenIn, evidenceOf, expectOnly } from '../fixtures/chaos-evidence.ts'

const test = suite('the invariants of a job’s life')

const OWN = 'every outcome is its job’s, as it had to end'
const REAL = 'every outcome has its record in the log, or its tick'
const ORDER = 'recorded runs of a key neither overlap nor swap'
const LATE_JOINERS = 'nor do those overlap that join their key’s order later'
const EARLY = 'nothing runs before its time'
const CANCELLED = 'what was cancelled stays cancelled'
const TOO_LATE = 'what it was too late for is not cancelled'
const STARTS = 'what is cancelled starts no more, 1000 ms later'
const KNOWN = 'masters know every accepted job'
const REPLAYABLE = 'every dead letter of a job can be replayed'
const DEAD = 'every dead job has a dead letter'
const LIVING = 'what is not dead has no dead letter'
const TICKS = 'every tick is there once, with a job'
const SHARED = 'no two ticks have the same job'
const TICKED = 'every tick’s job has an outcome'
const QUEUES = 'runs that queue keep the order of their ticks'
const PARKED = 'nothing is parked in the end'

const good = evidenceOf([
  { id: 'k1', key: 'k', start: 100, failures: 2 },
  { id: 'k2', key: 'k', start: 200, failures: 3, replayedAt: 500 },
  { id: 'k3', key: 'k', start: 300, notBefore: 290 },
  { id: 'k4', key: 'k', start: 270 },
  { id: 'high', key: 'k', topic: 'jobs.high', start: 105 },
  { id: 'free', start: 100 },
  { id: 'gone', start: 700, failures: 9 },
])

const found = (change: Partial<Evidence>) => brokenIn({ ...good, ...change })
const change = (id: string, to: (row: OutcomeRow) => OutcomeRow): OutcomeRow[] =>
  good.outcomes.map((row) => (row.id === id ? to(row) : row))
const cancelled = (row: OutcomeRow): OutcomeRow => ({
  ...row,
  status: 'cancelled',
  hasResult: false,
  attempts: [],
  stamps: [],
})
const asked = (id: string, answer: Cancel['answer'], at = 5_000): Partial<Evidence> => ({
  cancels: new Map([[id, { answer, at }]]),
})
/** All of its attempts at another time. */
const ranAt = (row: OutcomeRow, start: number, end: number): OutcomeRow => ({
  ...row,
  stamps: row.stamps.map((stamp) => ({ ...stamp, start, end })),
})

test('nothing is found where all is well', () => {
  assert.equal(found({}), {})
})

test('equal keys of two priorities may run at once', () => {
  assert.equal(found({ outcomes: change('high', (row) => ranAt(row, 0, 9_000)) }), {})
})

test('a job whose cancellation was confirmed and that ended otherwise, or not at all', () => {
  expectOnly(found(asked('free', 'cancelled')), { [CANCELLED]: /^free .*: succeeded$/ })
  const log = good.log.filter(({ id }) => id !== 'free')
  const outcomes = good.outcomes.filter(({ id }) => id !== 'free')
  const accepted = new Map([...good.accepted].filter(([id]) => id !== 'free'))
  const rest = { log, accepted, outcomes, ...asked('free', 'cancelled') }
  assert.match(found(rest)[CANCELLED]?.join() ?? '', /^free: has no outcome$/)
})

test('a job that is cancelled has no result and no letter, and its place, where it is known, is its record’s', () => {
  const row = (to: Partial<OutcomeRow>): Partial<Evidence> => ({
    ...asked('free', 'cancelled'),
    outcomes: change('free', (it) => ({ ...cancelled(it), ...to })),
  })
  assert.equal(found(row({})), {})
  assert.equal(found(row({ offset: undefined, attempts: [1] })), {})
  expectOnly(found(row({ hasResult: true })), { [OWN]: /^free .*: has a result$/ })
  expectOnly(found(row({ offset: 99 })), { [OWN]: /^free .*: lies at jobs:0:4$/ })
  expectOnly(found(row({ key: 'x' })), { [OWN]: /^free .*: has key none$/ })
  const letter = { id: 'free', replayable: true, topic: 'jobs', partition: 0, offset: 4, value: '' }
  expectOnly(found({ ...row({}), letters: [...good.letters, letter] }), {
    [LIVING]: /^free at .*: cancelled$/,
  })
})

test('a job is cancelled only where somebody asked for it, and it was not too late', () => {
  const outcomes = change('free', cancelled)
  expectOnly(found({ outcomes }), { [OWN]: /^free .*: cancelled instead of succeeded$/ })
  expectOnly(found({ outcomes, ...asked('free', 'too late') }), { [TOO_LATE]: /^free / })
  assert.equal(found({ outcomes, ...asked('free', 'unclear') }), {})
  assert.equal(found(asked('free', 'unclear')), {})
  assert.equal(found(asked('free', 'too late')), {})
})

test('an accepted job that no master knows, and a letter that can’t be replayed', () => {
  expectOnly(found(asked('free', 'not found')), { [KNOWN]: /^free$/ })
  const replays = new Map([...good.replays, ['gone', 'refused'] as const])
  expectOnly(found({ replays }), { [REPLAYABLE]: /^gone$/ })
})

test('a run that begins long after its job was cancelled', () => {
  const outcomes = change('free', cancelled)
  const at = (ms: number) => found({ outcomes, ...asked('free', 'cancelled', ms) })
  expectOnly(at(100 - 1_001), { [STARTS]: /^free: run .* began 1001 ms later$/ })
  assert.equal(at(100 - 1_000), {})
})

test('what was replayed has succeeded, with a further attempt, and has no letter', () => {
  const dead = (row: OutcomeRow): OutcomeRow => ({
    ...row,
    status: 'dead',
    hasResult: false,
    attempts: row.attempts.slice(0, -1),
    stamps: row.stamps.slice(0, -1),
  })
  expectOnly(found({ outcomes: change('k2', dead) }), {
    [OWN]: /^k2 .*: dead instead of succeeded$/,
    [DEAD]: /^k2 .*: has no letter$/,
  })
  const again = change('k2', (row) => ({ ...row, attempts: [1, 2, 3, 1] }))
  expectOnly(found({ outcomes: again }), { [OWN]: /^k2 .*: attempts 1,2,3,1, and 4 are due$/ })
  const letter = { id: 'k2', replayable: true, topic: 'jobs', partition: 0, offset: 1, value: '' }
  expectOnly(found({ letters: [...good.letters, letter] }), { [LIVING]: /^k2 at jobs:0:1: succeeded$/ })
  // Nobody knows whether that request was carried out.
  const letters = [...good.letters, letter]
  const replays = new Map([['k2', 'unclear'] as const])
  assert.equal(found({ outcomes: change('k2', dead), letters, replays }), {})
  assert.equal(found({ replays }), {})
  expectOnly(found({ replays: new Map() }), {
    [OWN]: /^k2 .*: succeeded instead of dead$/,
    [ORDER]: /^k4 .* overlaps with k2 /,
    [LATE_JOINERS]: /^k3 .* overlaps with k2 /,
  })
})

test('a job with an unclear replay is in its key’s order with its first life', () => {
  const outcomes = change('k4', (row) => ranAt(row, 205, 215))
  expectOnly(found({ outcomes, replays: new Map([['k2', 'unclear']]) }), {
    [ORDER]: /^k4 .* overlaps with k2 /,
  })
})

test('the second life of a replayed job, and a delayed job, beside another of the key', () => {
  const k2 = change('k2', (row) => ({
    ...row,
    stamps: row.stamps.map((it, nth) => (nth === 3 ? { ...it, start: 275, end: 285 } : it)),
  }))
  expectOnly(found({ outcomes: k2 }), { [LATE_JOINERS]: /^k2 .* overlaps with k4 / })
  const k3 = change('k3', (row) => ranAt(row, 275, 285))
  expectOnly(found({ outcomes: k3 }), { [LATE_JOINERS]: /^k3 .* overlaps with k4 / })
  // Its place among the others is free.
  assert.equal(found({ outcomes: change('k3', (row) => ranAt(row, 900, 910)) }), {})
})

test('a job that comes between two attempts of another of its key, however far apart they are', () => {
  const outcomes = change('k2', (row) => ranAt(row, 125, 130))
  assert.match(found({ outcomes })[ORDER]?.join() ?? '', /^k2 .* overlaps with k1 /)
})

test('a delayed job that runs before its time', () => {
  const byMs = (ms: number) => found({ epochMs: -10 - ms })
  expectOnly(byMs(21), { [EARLY]: /^k3 .*: 21 ms before its time$/ })
  assert.equal(byMs(20), {})
})

test('what is still parked', () => {
  const row = { id: 'free', key: undefined, reason: 'retry', topic: 'jobs', partition: 0, offset: 4 }
  expectOnly(found({ parked: [row] }), { [PARKED]: /^retry: free / })
})

const schedule: Ticking = {
  name: 's',
  everyMs: 1_000,
  origin: 500,
  from: 500,
  until: 3_900,
  queues: true,
  attempts: 1,
}

/** The schedule's ticks, all as they should be: each has run at its time, for 10 ms. */
const scheduled = (): Pick<Evidence, 'schedules' | 'ticks' | 'outcomes'> => {
  const ticks = ticksOf(schedule).map((at): TickRow => {
    const jobId = makeJobId({ submittedAt: at, partition: 0, epoch: 0 })
    return { schedule: 's', at, jobId, skipped: undefined }
  })
  const rows = ticks.map(({ jobId: id = '', at }, nth): OutcomeRow => {
    const place = { topic: 'jobs', partition: 0, offset: undefined }
    const stamps = [{ id, run: `tick-${nth}`, pid: 1, start: at, end: at + 10 }]
    return {
      id,
      key: 'schedule:s',
      status: 'succeeded',
      ...place,
      worker: 'w',
      hasResult: true,
      attempts: [1],
      stamps,
    }
  })
  return { schedules: [schedule], ticks, outcomes: [...good.outcomes, ...rows] }
}

const { schedules, ticks, outcomes: ran } = scheduled()
const ofTick = (nth: number, to: (row: OutcomeRow) => OutcomeRow | undefined): OutcomeRow[] =>
  ran.flatMap((row) => (row.id === ticks[nth]?.jobId ? (to(row) ?? []) : row))
const ticked = (changed: Partial<Evidence>) => found({ schedules, ticks, outcomes: ran, ...changed })

test('ticks are after the creation and up to the pause, and nothing is found where all have run', () => {
  assert.equal(ticksOf(schedule), [1_500, 2_500, 3_500])
  assert.equal(ticksOf({ ...schedule, until: 3_500 }).length, 3)
  assert.equal(ticksOf({ ...schedule, until: 3_499 }).length, 2)
  assert.equal(ticksOf({ ...schedule, origin: 0 }), [1_000, 2_000, 3_000])
  assert.equal(ticksOf({ ...schedule, until: 1_000 }), [])
  assert.equal(ticked({}), {})
})

test('a tick that is lost, doubled, left out, or none', () => {
  const [first, ...others] = ticks
  assert.ok(first)
  const withoutFirst = { ticks: others, outcomes: ofTick(0, () => undefined) }
  expectOnly(ticked(withoutFirst), { [TICKS]: /^s 1970-01-01T00:00:01\.500Z: lost$/ })
  expectOnly(ticked({ ticks: [...ticks, first] }), {
    [TICKS]: /^s [^\n]*01\.500Z: 2 times$/,
    [SHARED]: /^s .*01\.500Z/,
  })
  const skipped = [{ ...first, jobId: undefined, skipped: 'missed' }, ...others]
  expectOnly(ticked({ ...withoutFirst, ticks: skipped }), { [TICKS]: /^s .*01\.500Z: left out: missed$/ })
  expectOnly(ticked({ schedules: [{ ...schedule, until: 3_000 }] }), {
    [TICKS]: /^s .*03\.500Z: is no tick$/,
  })
})

test('a tick at the moment of the pause may run or not', () => {
  const at = (until: number) => ticked({ schedules: [{ ...schedule, until }] })
  assert.equal(at(3_250), {})
  expectOnly(at(3_249), { [TICKS]: /^s .*03\.500Z: is no tick$/ })
})

test('any one tick without its row is found', () => {
  fc.assert(
    fc.property(fc.nat(ticks.length - 1), (nth) => {
      const rest = { ticks: ticks.filter((_, at) => at !== nth), outcomes: ofTick(nth, () => undefined) }
      assert.is(ticked(rest)[TICKS]?.length, 1)
    }),
  )
})

test('a tick’s job without an outcome, with another end, or with too few attempts', () => {
  expectOnly(ticked({ outcomes: ofTick(1, () => undefined) }), { [TICKED]: /^s .*02\.500Z: / })
  const dead = ofTick(1, (row) => ({ ...row, status: 'dead', hasResult: false }))
  expectOnly(ticked({ outcomes: dead }), { [OWN]: /dead instead of succeeded$/, [DEAD]: /no letter/ })
  expectOnly(ticked({ schedules: [{ ...schedule, attempts: 2 }] }), {
    [OWN]: /: attempts 1, and 2 are due(\n|$)/,
  })
})

test('a second job of a tick; but one that the pause took back is none', () => {
  const again = (at: number, status: string): OutcomeRow[] => {
    const id = makeJobId({ submittedAt: at, partition: 0, epoch: 0 })
    return [
      ...ran,
      ...ofTick(0, (row) => ({ ...row, id, status, hasResult: false, stamps: [] })).slice(-3, -2),
    ]
  }
  expectOnly(ticked({ outcomes: again(2_500, 'succeeded') }), { [REAL]: /^[0-9a-f-]+ \(key schedule:s/ })
  expectOnly(ticked({ outcomes: again(2_500, 'cancelled') }), { [REAL]: /^[0-9a-f-]+ \(key schedule:s/ })
  expectOnly(ticked({ outcomes: again(4_501, 'cancelled') }), { [REAL]: /^[0-9a-f-]+ \(key schedule:s/ })
  assert.equal(ticked({ outcomes: again(4_500, 'cancelled') }), {})
})

test('runs of a schedule that overlap though they queue, or swap, or come too early', () => {
  expectOnly(ticked({ outcomes: ofTick(0, (row) => ranAt(row, 1_500, 2_501)) }), {
    [LATE_JOINERS]: /overlaps with/,
  })
  expectOnly(ticked({ outcomes: ofTick(0, (row) => ranAt(row, 2_600, 2_610)) }), { [QUEUES]: /ran before/ })
  assert.equal(
    ticked({
      schedules: [{ ...schedule, queues: false }],
      outcomes: ofTick(0, (row) => ranAt(row, 2_600, 2_610)),
    }),
    {},
  )
  expectOnly(ticked({ outcomes: ofTick(0, (row) => ranAt(row, 1_400, 1_410)) }), {
    [EARLY]: /100 ms before its time$/,
  })
})

test.run()
