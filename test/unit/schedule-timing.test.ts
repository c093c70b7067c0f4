import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import {
  checkTiming,
  lastTicks,
  nextTick,
  type Timing,
  ticksBetween,
  upcoming,
} from '../../producer/schedules/timing.ts'

const cron = (expression: string, timezone = 'UTC', startAt = 0): Timing => ({
  cron: expression,
  intervalMs: undefined,
  timezone,
  startAt,
})
const every = (intervalMs: number, startAt = 0): Timing => ({
  cron: undefined,
  intervalMs,
  timezone: 'UTC',
  startAt,
})
const iso = (times: readonly number[]): string[] =>
  times.map((at) => new Date(at).toISOString().replace(':00.000Z', 'Z'))
const next = (timing: Timing, after: string, count: number): string[] =>
  iso(upcoming(timing, Date.parse(after), count))

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const berlin = 'Europe/Berlin'

const test = suite('when schedules tick')

test('five fields are minutes to weekdays, six begin with seconds, and names stand for expressions', () => {
  assert.equal(next(cron('30 2 * * 1'), '2026-07-01T00:00Z', 2), ['2026-07-06T02:30Z', '2026-07-13T02:30Z'])
  const seconds = upcoming(cron('*/20 * * * * *'), Date.parse('2026-07-01T00:00:20Z'), 2)
  assert.equal(
    seconds.map((at) => new Date(at).toISOString()),
    ['2026-07-01T00:00:40.000Z', '2026-07-01T00:01:00.000Z'],
  )
  assert.equal(next(cron('@daily'), '2026-07-01T00:00Z', 1), ['2026-07-02T00:00Z'])
  assert.equal(next(cron('0 0 29 2 *'), '2026-07-01T00:00Z', 2), ['2028-02-29T00:00Z', '2032-02-29T00:00Z'])
  assert.equal(next(cron(' 0  12 L * * '), '2026-02-01T00:00Z', 1), ['2026-02-28T12:00Z'])
})

test('a cron is of its time zone, summer and winter', () => {
  assert.equal(next(cron('0 8 1 1,7 *', berlin), '2026-01-02T00:00Z', 2), [
    '2026-07-01T06:00Z',
    '2027-01-01T07:00Z',
  ])
  assert.equal(next(cron('0 8 * * *', 'Asia/Kathmandu'), '2026-01-02T00:00Z', 1), ['2026-01-02T02:15Z'])
})

// Berlin: 2026-03-29 at 01:00Z from 02:00 to 03:00; 2026-10-25 at 01:00Z from 03:00 back to 02:00.

test('the hour that is missing: a named time comes later by as much, once', () => {
  assert.equal(next(cron('30 2 * * *', berlin), '2026-03-28T02:00Z', 3), [
    '2026-03-29T01:30Z',
    '2026-03-30T00:30Z',
    '2026-03-31T00:30Z',
  ])
  assert.equal(next(cron('*/30 2 * * *', berlin), '2026-03-29T00:00Z', 3), [
    '2026-03-29T01:00Z',
    '2026-03-29T01:30Z',
    '2026-03-30T00:00Z',
  ])
  // 02:30 moves to 03:30, which is named itself: one run.
  assert.equal(next(cron('30 2,3 * * *', berlin), '2026-03-29T00:00Z', 2), [
    '2026-03-29T01:30Z',
    '2026-03-30T00:30Z',
  ])
})

test('the hour that comes twice: a named time runs the first time only', () => {
  assert.equal(next(cron('30 2 * * *', berlin), '2026-10-24T12:00Z', 2), [
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
  ])
  // Asked within the second of them, it does not run again.
  assert.equal(next(cron('30 2 * * *', berlin), '2026-10-25T01:10Z', 1), ['2026-10-26T01:30Z'])
  assert.equal(next(cron('0 1-4 * * *', berlin), '2026-10-24T22:30Z', 4), [
    '2026-10-24T23:00Z',
    '2026-10-25T00:00Z',
    '2026-10-25T02:00Z',
    '2026-10-25T03:00Z',
  ])
})

test('with every hour ticks follow the real time through both', () => {
  const hours = (from: string): string[] => next(cron('0 * * * *', berlin), from, 4)
  assert.equal(hours('2026-03-28T23:30Z'), [
    '2026-03-29T00:00Z',
    '2026-03-29T01:00Z',
    '2026-03-29T02:00Z',
    '2026-03-29T03:00Z',
  ])
  assert.equal(hours('2026-10-24T23:30Z'), [
    '2026-10-25T00:00Z',
    '2026-10-25T01:00Z',
    '2026-10-25T02:00Z',
    '2026-10-25T03:00Z',
  ])
  assert.equal(next(cron('@hourly', berlin), '2026-10-25T00:30Z', 2), [
    '2026-10-25T01:00Z',
    '2026-10-25T02:00Z',
  ])
})

test('an interval is counted from its start, and nothing ticks before that', () => {
  assert.equal(upcoming(every(1_500, 10_000), 0, 3), [10_000, 11_500, 13_000])
  assert.equal(upcoming(every(1_500, 10_000), 11_500, 2), [13_000, 14_500])
  const startAt = Date.parse('2026-07-01T12:00Z')
  assert.equal(next(cron('0 * * * *', 'UTC', startAt), '2026-01-01T00:00Z', 2), [
    '2026-07-01T12:00Z',
    '2026-07-01T13:00Z',
  ])
})

const zones = [
  'UTC',
  berlin,
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Sao_Paulo',
  'Pacific/Auckland',
  'Africa/Casablanca',
]
const numbers = (most: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 1, max: Math.min(20, most) }).map((step) => `*/${step}`),
    fc
      .uniqueArray(fc.integer({ min: 0, max: most }), { minLength: 1, maxLength: 4 })
      .map((list) => list.join(',')),
  )
const timings = fc.oneof(
  fc
    .tuple(
      fc.oneof(fc.constant('0'), numbers(59)),
      numbers(59),
      numbers(23),
      fc.constantFrom('*', '*/3', '1,15,29'),
      fc.constant('*'),
      fc.constantFrom('*', '1-5'),
    )
    .chain((fields) => fc.constantFrom(...zones).map((zone) => cron(fields.join(' '), zone))),
  fc
    .tuple(fc.integer({ min: 1_000, max: 3 * DAY_MS }), fc.integer({ min: 0, max: 4e12 }))
    .map(([ms, startAt]) => every(ms, startAt)),
)
/** Near the changes of some zones in 2026, and anywhere. */
const instants = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        '2026-03-08T07:00Z',
        '2026-03-29T01:00Z',
        '2026-04-04T15:00Z',
        '2026-10-03T15:30Z',
        '2026-10-25T01:00Z',
      ),
      fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
    )
    .map(([text, ms]) => Date.parse(text) + ms),
  fc.integer({ min: 1e12, max: 2e12 }),
)

test('ticks strictly increase, whatever the timing', () => {
  fc.assert(
    fc.property(timings, instants, (timing, from) => {
      let last = from
      for (const at of upcoming(timing, from, 40)) {
        assert.ok(at > last, `${at} after ${last}`)
        last = at
      }
    }),
    { numRuns: 300 },
  )
})

test('no tick is lost or doubled, whatever the windows it is asked in', () => {
  fc.assert(
    fc.property(
      timings,
      instants,
      fc.array(fc.integer({ min: 1, max: 4 * 3_600_000 }), { maxLength: 25 }),
      (timing, from, steps) => {
        const pieces: number[] = []
        let at = from
        for (const step of steps) {
          pieces.push(...ticksBetween(timing, at, at + step, 300))
          at += step
          if (pieces.length >= 300) return
        }
        assert.equal(pieces, ticksBetween(timing, from, at, 300))
      },
    ),
    { numRuns: 300 },
  )
})

test('the last ticks of a window are the last of all ticks in it', () => {
  fc.assert(
    fc.property(
      timings,
      instants,
      fc.integer({ min: 1, max: 6 * 3_600_000 }),
      fc.integer({ min: 1, max: 20 }),
      (timing, from, span, most) => {
        const all = ticksBetween(timing, from, from + span, 30_000)
        assert.equal(lastTicks(timing, from, from + span, most), all.slice(-most))
      },
    ),
    { numRuns: 200 },
  )
  // Bursts: each second of Mondays, looked back at from a Sunday.
  const bursts = cron('* * * * * 1')
  const from = Date.parse('2026-01-01T00:00Z')
  const monday = Date.parse('2026-07-07T00:00Z')
  assert.equal(lastTicks(bursts, from, monday + 5 * DAY_MS, 3), [
    monday - 3_000,
    monday - 2_000,
    monday - 1_000,
  ])
})

/** The first instant of each local minute, by another way than the product's. */
const firstInstants = (zone: string, from: number, to: number): Map<string, number> => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  const first = new Map<string, number>()
  for (let at = from; at <= to; at += MINUTE_MS) {
    const wall = format.format(at)
    if (!first.has(wall)) first.set(wall, at)
  }
  return first
}

/** Days on which the clock is put forward or back. */
const changes = [
  [berlin, '2026-03-29'],
  [berlin, '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['America/St_Johns', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Africa/Casablanca', '2026-02-15'],
  ['Africa/Casablanca', '2026-03-22'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Asia/Kolkata', '2026-03-29'],
] as const

test('each named local time comes exactly once a day, at its time or where the clock passed over it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...changes),
      fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 59 }),
      ([zone, day], hours, minute) => {
        const from = Date.parse(day) - DAY_MS
        const to = from + 3 * DAY_MS
        const first = firstInstants(zone, from - 2 * DAY_MS, to + 2 * DAY_MS)
        const expected = new Set<number>()
        for (let wall = from - DAY_MS; wall <= to + DAY_MS; wall += MINUTE_MS) {
          const local = new Date(wall)
          if (local.getUTCMinutes() !== minute || !hours.includes(local.getUTCHours())) continue
          const text = (behind: number): string =>
            new Date(wall - behind * MINUTE_MS).toISOString().slice(0, 16).replace('T', ' ')
          // Where it was passed over: as long after the last local time before it as it is itself.
          let behind = 0
          while (!first.has(text(behind))) behind++
          expected.add((first.get(text(behind)) ?? 0) + behind * MINUTE_MS)
        }
        const inside = [...expected].sort((a, b) => a - b).filter((at) => at > from && at <= to)
        const ticks = ticksBetween(cron(`${minute} ${hours.join(',')} * * *`, zone), from, to, 1_000)
        assert.equal(iso(ticks), iso(inside), `${zone} ${day}`)
      },
    ),
    { numRuns: 60 },
  )
})

test('what is wrong is told with its field', () => {
  const faultsOf = (timing: Timing): string[] => {
    try {
      checkTiming(timing, Date.parse('2026-07-01T00:00Z'))
      return []
    } catch (error) {
      assert.ok(error instanceof AppError && error.code === 'REQUEST_INVALID', String(error))
      return error.faults.map(({ path, message }) => `${path}: ${message}`)
    }
  }
  assert.equal(faultsOf(cron('*/5 * * * *', berlin)), [])
  assert.equal(faultsOf(every(1_000)), [])
  for (const [wrong, said] of [
    ['61 * * * *', /^\/cron: .*61/],
    ['* * * *', /^\/cron: must have 5 fields/],
    ['* * * * * * 2027', /^\/cron: must have 5 fields/],
    ['2027-01-01T00:00:00Z', /^\/cron: must have 5 fields/],
    ['@reboot', /^\/cron: must have 5 fields/],
    ['x * * * *', /^\/cron: /],
    ['0 0 30 2 *', /^\/cron: names no time that ever comes/],
  ] as const) {
    const faults = faultsOf(cron(wrong))
    assert.is(faults.length, 1, wrong)
    assert.match(faults[0] ?? '', said)
  }
  for (const zone of ['Mars/Olympus', '+02:00', ''])
    assert.match(faultsOf(cron('* * * * *', zone))[0] ?? '', /^\/timezone: /, zone)
  assert.is(faultsOf(cron('61 * * * *', 'Mars/Olympus')).length, 2)
})

test('ticks are found fast enough for ten thousand schedules at once', () => {
  const timing = cron('*/5 * * * *', berlin)
  nextTick(timing, 0)
  const since = performance.now()
  for (let n = 0; n < 10_000; n++) nextTick(timing, 1.79e12 + n * 1_000)
  const took = performance.now() - since
  assert.ok(took < 2_000, `${took} ms`)
})

test.run()
