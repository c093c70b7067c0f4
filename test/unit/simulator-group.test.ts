import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stickyAssignment } from '../../consumer/engine/sticky.ts'
import { assign, Group, NOBODY } from '../../scaler/simulator/group.ts'

const test = suite('the simulated group')

const fleets = fc.array(fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 8,
})

test('it shares out as the engine does: as many partitions move, and all are in balance', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fleets, (partitions, generations) => {
      const owner = new Int32Array(partitions).fill(NOBODY)
      let theirs = new Map<string, number[]>()
      for (const [generation, members] of generations.entries()) {
        const before = owner.slice()
        const kept = stickyAssignment(
          members.map((member) => ({
            id: String(member),
            generation,
            owned: [...before.entries()].flatMap(([partition, of]) => (of === member ? [partition] : [])),
          })),
          partitions,
        )
        theirs = kept
        const moved = assign(owner, members)
        const movedThere = [...theirs].flatMap(([member, owned]) =>
          owned.filter((partition) => before[partition] !== Number(member)),
        )
        assert.is(moved.length, movedThere.length)
        const sizes = members.map((member) => owner.filter((it) => it === member).length)
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
        assert.ok(owner.every((it) => members.includes(it)))
        assert.ok([...before.keys()].every((it) => moved.includes(it) || before[it] === owner[it]))
      }
    }),
  )
})

test('without members nobody has anything', () => {
  const owner = new Int32Array(5).fill(3)
  assert.equal(assign(owner, []), [])
  assert.ok(owner.every((it) => it === NOBODY))
})

test('a change is settled when the group has gathered; what moves stands still, what stays does not', () => {
  const partitionOf = Int32Array.from({ length: 6 }, (_, queue) => queue)
  const group = new Group(6, partitionOf, [0, 1], 400)
  group.change([2], [], 1_000)
  assert.equal(group.settle(1_399, 700), [])
  assert.equal(group.shares.members, [0, 1])
  const moved = group.settle(1_400, 700)
  assert.is(moved.length, 2)
  assert.equal(group.shares.members, [0, 1, 2])
  for (let partition = 0; partition < 6; partition++) {
    assert.is(group.pausedUntil[partition], moved.includes(partition) ? 2_100 : 0)
  }
  assert.equal([group.rebalances, group.movedPartitions], [1, 2])
})

test('who joins while the group gathers is let in with it', () => {
  const group = new Group(6, new Int32Array(6), [0], 400)
  group.change([1], [], 1_000)
  group.change([2], [0], 1_300)
  group.settle(1_400, 700)
  assert.equal(group.shares.members, [1, 2])
  assert.is(group.rebalances, 1)
})

test.run()
