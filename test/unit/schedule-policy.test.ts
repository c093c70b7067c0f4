import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Decision,
  type DueSchedule,
  decide,
  MAX_LEFT_OUT,
  MAX_MADE_UP,
  MISSED_AFTER_MS,
} from '../../producer/schedules/policy.ts'

const AHEAD_MS = 2_500

const schedule = (options: Partial<DueSchedule> = {}): DueSchedule => ({
  cron: undefined,
  intervalMs: 1_000,
  timezone: 'UTC',
  startAt: 0,
  missed: 'skip',
  overlap: 'allow',
  nextAt: 1_000_000,
  busy: false,
  ...options,
})

const ran = ({ ticks }: Decision): number[] =>
  ticks.filter(({ leftOut }) => leftOut === undefined).map(({ at }) => at)
const leftOut = ({ ticks }: Decision, why: string): number[] =>
  ticks.filter((tick) => tick.leftOut === why).map(({ at }) => at)

const test = suite('which ticks run')

test('ticks run ahead of their time, and what comes after them is next', () => {
  const decision = decide(schedule(), 1_000_000, AHEAD_MS)
  assert.equal(ran(decision), [1_000_000, 1_001_000, 1_002_000])
  assert.is(decision.nextAt, 1_003_000)
})

test('with overlap skip a tick is decided about at its time and not before', () => {
  const skip = schedule({ overlap: 'skip' })
  assert.equal(decide(skip, 999_999, AHEAD_MS), { ticks: [], nextAt: 1_000_000 })
  const due = decide(skip, 1_000_000, AHEAD_MS)
  assert.equal(due, { ticks: [{ at: 1_000_000, leftOut: undefined }], nextAt: 1_001_000 })
})

test('with overlap skip ticks are left out while the run before has not ended', () => {
  const due = decide(schedule({ overlap: 'skip', busy: true }), 1_001_500, AHEAD_MS)
  assert.equal(ran(due), [])
  assert.equal(leftOut(due, 'overlap'), [1_000_000, 1_001_000])
  const free = decide(schedule({ overlap: 'skip' }), 1_002_500, AHEAD_MS)
  assert.equal(ran(free), [1_000_000])
  assert.equal(leftOut(free, 'overlap'), [1_001_000, 1_002_000])
  for (const overlap of ['allow', 'queue'] as const)
    assert.is(ran(decide(schedule({ overlap, busy: true }), 1_002_000, 0)).length, 3)
})

test('a tick that is a minute late runs whatever the policy; one later than that is missed', () => {
  for (const [missed, count] of [
    ['skip', 0],
    ['once', 1],
    ['all', 1],
  ] as const) {
    const hourly = schedule({ intervalMs: 3_600_000, missed, nextAt: 3_600_000 })
    assert.equal(ran(decide(hourly, 3_600_000 + MISSED_AFTER_MS, AHEAD_MS)), [3_600_000])
    const late = decide(hourly, 3_600_001 + MISSED_AFTER_MS, AHEAD_MS)
    assert.is(ran(late).length, count, missed)
    assert.is(leftOut(late, 'missed').length, 1 - count, missed)
    assert.is(late.nextAt, 7_200_000)
  }
})

test('of ten missed ticks none, the latest, or each runs, and the others are recorded', () => {
  const tenMinutes = { intervalMs: 60_000, startAt: 0, nextAt: 60_000 }
  const now = 11 * 60_000 + 1
  const missed = Array.from({ length: 10 }, (_, n) => (n + 1) * 60_000)
  const onTime = 11 * 60_000
  const skip = decide(schedule({ ...tenMinutes, missed: 'skip' }), now, 0)
  assert.equal([ran(skip), leftOut(skip, 'missed')], [[onTime], missed])
  const once = decide(schedule({ ...tenMinutes, missed: 'once' }), now, 0)
  assert.equal([ran(once), leftOut(once, 'missed')], [[10 * 60_000, onTime], missed.slice(0, 9)])
  const all = decide(schedule({ ...tenMinutes, missed: 'all' }), now, 0)
  assert.equal([ran(all), leftOut(all, 'missed')], [[...missed, onTime], []])
})

test('after a year away no more than a thousand are made up for, the oldest are left out, and it takes no time', () => {
  const now = 366 * 86_400_000
  const since = performance.now()
  for (const timing of [{ intervalMs: 1_000 }, { intervalMs: undefined, cron: '* * * * * *' }]) {
    const all = decide(schedule({ ...timing, missed: 'all', nextAt: 1_000 }), now, 0)
    const runs = ran(all)
    const inTime = MISSED_AFTER_MS / 1_000 + 1
    assert.is(runs.length, MAX_MADE_UP + inTime)
    assert.is(runs.at(-1), now)
    assert.is(runs[0], now - (MAX_MADE_UP + inTime - 1) * 1_000)
    assert.is(leftOut(all, 'missed').length, MAX_LEFT_OUT)
    assert.is(all.ticks[0]?.at, now - (MAX_LEFT_OUT + MAX_MADE_UP + inTime - 1) * 1_000)
    assert.is(ran(decide(schedule({ ...timing, missed: 'once', nextAt: 1_000 }), now, 0)).length, 1 + inTime)
  }
  const took = performance.now() - since
  assert.ok(took < 1_000, `${took} ms`)
})

test('whatever the times a clock looks at, every tick is decided about once', () => {
  // Fewer than are recorded where they are missed.
  const rhythms = fc.constantFrom(
    { interval: { min: 1_000, max: 5_000 }, pause: { min: 1, max: 4_000 } },
    { interval: { min: 60_000, max: 300_000 }, pause: { min: 1, max: 290_000 } },
  )
  fc.assert(
    fc.property(
      rhythms.chain(({ interval, pause }) =>
        fc.tuple(
          fc.record({
            intervalMs: fc.integer(interval),
            overlap: fc.constantFrom('allow', 'skip', 'queue'),
            missed: fc.constantFrom('skip', 'once', 'all'),
          }),
          fc.array(fc.record({ pause: fc.integer(pause), most: fc.integer({ min: 1, max: 5 }) }), {
            minLength: 1,
            maxLength: 20,
          }),
        ),
      ),
      ([options, looks]) => {
        let nextAt = options.intervalMs
        let now = 0
        const seen: number[] = []
        for (const { pause, most } of looks) {
          now += pause
          const decision = decide(schedule({ ...options, nextAt }), now, AHEAD_MS)
          // A step may carry out a part only.
          const done = decision.ticks.slice(0, most)
          seen.push(...done.map(({ at }) => at))
          nextAt = decision.ticks[most]?.at ?? decision.nextAt ?? Number.POSITIVE_INFINITY
          const tooLate = done.filter((tick) => tick.leftOut === 'missed' && now - tick.at <= MISSED_AFTER_MS)
          assert.equal(tooLate, [])
        }
        const expected = Array.from({ length: seen.length }, (_, n) => (n + 1) * options.intervalMs)
        assert.equal(seen, expected)
        assert.is(nextAt, (seen.length + 1) * options.intervalMs)
      },
    ),
    { numRuns: 300 },
  )
})

test.run()
