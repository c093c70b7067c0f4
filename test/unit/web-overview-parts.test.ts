import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { joinDecisions, nearest, runsOf, since, turnOf } from '../../web/console/overview/decisions.ts'
import { outlookOf } from '../../web/console/overview/estimate.ts'
import { HOTTEST, heatOf, moved, stripsOf } from '../../web/console/overview/heat.ts'
import { momentAfter } from '../../web/console/overview/moment-keys.ts'
import type { Decision, PartitionLag, Priority } from '../../web/kit/api/types.ts'

const test = suite('parts of the overview')

test('what waits is done in as long as it takes at the rates of now', () => {
  assert.is(outlookOf(420, 0, 10).text, '42 s')
  assert.is(outlookOf(421, 0, 10).text, '43 s')
  assert.is(outlookOf(6_000, 50, 100).text, '2 m')
  assert.is(outlookOf(1e9, 0, 1).text, 'Over a day')
})

test('where it will never be done it is said what happens instead', () => {
  assert.is(outlookOf(0, 0, 0).text, 'Idle')
  assert.is(outlookOf(0, 80, 80).text, 'Keeps up')
  assert.is(outlookOf(100, 80, 40).text, 'Grows')
  assert.is(outlookOf(100, 100, 101).text, 'Holds')
  assert.is(outlookOf(100, 101, 100).text, 'Holds')
  assert.is(outlookOf(5, 0, 0).text, '–')
})

test('a cell is hotter with about three times the lag, and none is as cold as nothing', () => {
  assert.equal(
    [0, 1, 3, 4, 9, 10, 31, 32, 99, 100, 316, 317, 999].map(heatOf),
    [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
  )
  assert.is(heatOf(1_000), HOTTEST)
  assert.is(heatOf(1e9), HOTTEST)
})

const cell = (priority: Priority, partition: number, lag: number, endOffset = lag): PartitionLag => ({
  topic: `jobs.${priority}`,
  priority,
  partition,
  lag,
  endOffset,
  committedOffset: endOffset - lag,
})

test('partitions are a row a priority, in the order in which jobs are taken', () => {
  const strips = stripsOf([
    cell('low', 0, 0),
    cell('normal', 1, 5),
    cell('normal', 0, 2),
    cell('high', 0, 0, 9),
  ])
  assert.equal(
    strips.map(({ priority, lag, unused }) => [priority, lag, unused]),
    [
      ['high', 0, false],
      ['normal', 7, false],
      ['low', 0, true],
    ],
  )
  assert.equal(
    strips[1]?.cells.map(({ partition }) => partition),
    [0, 1],
  )
})

test('arrow keys move among the cells and stay within', () => {
  const lengths = [3, 2]
  assert.equal(moved('ArrowRight', [0, 0], lengths), [0, 1])
  assert.equal(moved('ArrowRight', [0, 2], lengths), [0, 2])
  assert.equal(moved('ArrowLeft', [0, 0], lengths), [0, 0])
  assert.equal(moved('ArrowDown', [0, 2], lengths), [1, 1])
  assert.equal(moved('ArrowDown', [1, 1], lengths), [1, 1])
  assert.equal(moved('ArrowUp', [1, 1], lengths), [0, 1])
  assert.equal(moved('Home', [1, 1], lengths), [1, 0])
  assert.equal(moved('End', [0, 0], lengths), [0, 2])
  assert.is(moved('Tab', [0, 0], lengths), undefined)
})

test('keys lead through the range, and from decision to decision', () => {
  const reach = { from: 0, to: 9_000, times: [8_000, 5_000, -1_000] }
  assert.is(momentAfter('ArrowLeft', 9_000, reach), 8_900)
  assert.is(momentAfter('ArrowRight', 9_000, reach), 9_000)
  assert.is(momentAfter('ArrowLeft', 50, reach), 0)
  assert.is(momentAfter('PageDown', 9_000, reach), 8_000)
  assert.is(momentAfter('PageDown', 8_000, reach), 5_000)
  assert.is(momentAfter('PageUp', 5_000, reach), 8_000)
  assert.is(momentAfter('PageUp', 8_000, reach), undefined)
  assert.is(momentAfter('Home', 5_000, reach), 0)
  assert.is(momentAfter('End', 5_000, reach), 9_000)
  assert.is(momentAfter('Escape', 5_000, reach), 'now')
  assert.is(momentAfter('Tab', 5_000, reach), undefined)
})

const decision = (second: number, from: number, to: number): Decision => ({
  at: new Date(second * 1_000).toISOString(),
  from,
  to,
  reason: 'because',
})

test('decisions are there once, newest first, as far as the range reaches', () => {
  const [old, first, second, third] = [
    decision(1, 0, 3),
    decision(10, 3, 7),
    decision(20, 7, 5),
    decision(30, 5, 5),
  ]
  assert.equal(joinDecisions([second, first, old], [third, second], 5_000), [third, second, first])
  assert.equal([first, second, third].map(turnOf), ['up', 'down', 'same'])
})

test('two decisions of one moment are two', () => {
  const shadow = { ...decision(10, 3, 7), shadow: true }
  assert.is(joinDecisions([decision(10, 3, 7)], [shadow], 0).length, 2)
})

test('a range that moves on leaves the oldest decisions behind, and makes no new list where it leaves none', () => {
  const [old, new_] = [decision(1, 3, 7), decision(20, 7, 3)]
  const all = [new_, old]
  assert.is(since(all, 0), all)
  assert.equal(since(all, 5_000), [new_])
  assert.equal(since([], 5_000), [])
})

test('decisions that changed nothing stand behind the newest of them, until one changed something', () => {
  const [a, b, c, d, e] = [
    decision(50, 7, 7),
    decision(40, 7, 7),
    decision(30, 3, 7),
    decision(20, 3, 3),
    decision(10, 3, 3),
  ]
  assert.equal(runsOf([a, b, c, d, e]), [
    { newest: a, others: [b] },
    { newest: c, others: [] },
    { newest: d, others: [e] },
  ])
  const ups = [decision(40, 3, 4), decision(30, 2, 3)]
  assert.is(runsOf(ups).length, 2)
  assert.is(runsOf([a, { ...b, shadow: true }]).length, 2)
  assert.equal(runsOf([]), [])
})

test('the pointer finds the nearest decision, where one is near', () => {
  const some = [decision(30, 5, 5), decision(20, 7, 5), decision(10, 3, 7)]
  assert.is(nearest(some, 22_000, 3_000), some[1])
  assert.is(nearest(some, 25_900, 10_000), some[0])
  assert.is(nearest(some, 15_000, 3_000), undefined)
})

test.run()
