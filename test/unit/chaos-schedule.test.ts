import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FaultGroup, faultGroups } from '../chaos/deck.ts'
import { describeFault, endOf, type Fault, fleetSize, MAX_OVERLAP, makeSchedule } from '../chaos/schedule.ts'

const test = suite('the schedule of faults')

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const someGroups = fc.subarray([...faultGroups], { minLength: 1 })
const any = fc.tuple(seeds, fc.integer({ min: 5, max: 400 }), someGroups)

const holds = (check: (faults: readonly Fault[], seconds: number, groups: readonly FaultGroup[]) => void) =>
  fc.assert(
    fc.property(any, ([seed, seconds, groups]) =>
      check(makeSchedule(seed, seconds, groups), seconds, groups),
    ),
    { numRuns: 100 },
  )

const kindsOf = (faults: readonly Fault[]): string[] => [...new Set(faults.map(({ kind }) => kind))].sort()

const everyKind = [
  'broker-kill',
  'broker-term',
  'cut-database',
  'cut-kafka',
  'database-fast',
  'database-kill',
  'freeze-long',
  'freeze-short',
  'half-open-database',
  'half-open-kafka',
  'kill',
  'scale',
  'term',
]

test('the same seed makes the same schedule, another seed another one', () => {
  fc.assert(
    fc.property(any, ([seed, seconds, groups]) => {
      assert.equal(makeSchedule(seed, seconds, groups), makeSchedule(seed, seconds, groups))
    }),
  )
  assert.not.equal(makeSchedule(1, 60, faultGroups), makeSchedule(2, 60, faultGroups))
})

test('every kind of fault occurs within the first 60 s, scaling both ways', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 60, max: 600 }), (seed, seconds) => {
      const first = makeSchedule(seed, seconds, faultGroups).filter(({ at }) => at < 60_000)
      assert.equal(kindsOf(first), everyKind)
      const [one, two] = first.filter(({ kind }) => kind === 'scale')
      assert.ok(one && two)
      assert.is(one.workers > fleetSize.start, two.workers < one.workers)
    }),
    { numRuns: 150 },
  )
})

test('few groups are as dense as many', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const faults = makeSchedule(seed, 120, ['term', 'scale'])
      assert.ok(faults.length >= 24, `${faults.length} in 120 s`)
    }),
  )
})

test('a run that is too short for all has a fault of each group', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 20, max: 59 }), (seed, seconds) => {
      const kinds = kindsOf(makeSchedule(seed, seconds, faultGroups))
      for (const group of faultGroups)
        assert.ok(
          kinds.some((kind) => kind.startsWith(group)),
          group,
        )
    }),
    { numRuns: 150 },
  )
})

test('only faults of the groups that are wanted', () => {
  holds((faults, _seconds, groups) => {
    for (const { kind } of faults)
      assert.ok(
        groups.some((group) => kind.startsWith(group)),
        kind,
      )
  })
  assert.equal(kindsOf(makeSchedule(7, 30, ['term', 'scale'])), ['scale', 'term'])
  assert.equal(makeSchedule(7, 30, []), [])
})

test('faults come by time, none before the first second, and all are over at the end', () => {
  holds((faults, seconds) => {
    assert.equal(
      faults,
      [...faults].sort((a, b) => a.at - b.at),
    )
    for (const fault of faults) {
      assert.ok(fault.at >= 1_000 && fault.at + fault.forMs <= seconds * 1_000, JSON.stringify(fault))
    }
  })
})

test('not too many last at once, never two servers are away, and never one kind twice', () => {
  holds((faults) => {
    for (const fault of faults) {
      const active = faults.filter((it) => it !== fault && it.at <= fault.at && endOf(it) > fault.at)
      if (fault.forMs > 0) assert.ok(active.length < MAX_OVERLAP, JSON.stringify(active))
      assert.not.ok(active.some(({ kind }) => kind === fault.kind))
      const servers = [fault, ...active].filter(({ kind }) => /^(broker|database)/.test(kind))
      assert.ok(servers.length < 2, JSON.stringify(servers))
    }
  })
})

test('the whole group loses Kafka only when it has had the time to find together again', () => {
  holds((faults) => {
    const met = faults.filter(
      ({ kind, everyone }) => kind.startsWith('broker') || (everyone && kind.endsWith('kafka')),
    )
    for (const [index, { at, forMs }] of met.entries()) {
      const next = met[index + 1]
      assert.ok(next === undefined || next.at >= at + forMs + 20_000, JSON.stringify([at, next]))
    }
  })
})

test('the fleet stays within its size, and each scaling changes it, up and down in turn', () => {
  holds((faults) => {
    let before: number = fleetSize.start
    let up: boolean | undefined
    for (const { kind, workers } of faults) {
      if (kind !== 'scale') continue
      assert.ok(workers >= fleetSize.min && workers <= fleetSize.max && workers !== before)
      assert.is.not(workers > before, up)
      up = workers > before
      before = workers
    }
  })
})

test('long freezes outlast the session of 10 s, short ones do not', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      for (const { kind, forMs } of makeSchedule(seed, 120, faultGroups)) {
        if (kind === 'freeze-long') assert.ok(forMs > 10_000)
        if (kind === 'freeze-short') assert.ok(forMs < 10_000)
      }
    }),
  )
})

test('a long run is full of faults to its end', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const times = [0, ...makeSchedule(seed, 600, faultGroups).map(({ at }) => at), 600_000]
      const gaps = times.map((at, index) => at - (times[index - 1] ?? 0))
      assert.ok(Math.max(...gaps) < 15_000, `${Math.max(...gaps)} ms without one`)
    }),
  )
})

test('a fault is told in words', () => {
  const fault: Fault = { at: 0, kind: 'cut-kafka', forMs: 0, target: 0, everyone: true, workers: 0 }
  assert.is(describeFault(fault), 'cut-kafka of everyone')
  assert.is(describeFault({ ...fault, kind: 'freeze-long', forMs: 11_500 }), 'freeze-long for 11.5 s')
  assert.is(describeFault({ ...fault, kind: 'scale', workers: 5 }), 'scale to 5')
})

test.run()
