/** Balance first, then stickiness: held against all assignments that there are, where they can be counted. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type StickyMember, stickyAssignment } from '../../consumer/engine/sticky.ts'

const test = suite('Sticky assignment')

const garbage = fc.constantFrom(-1, 6.5, 99, Number.NaN, Number.POSITIVE_INFINITY)
const membersOf = (max: number, partitions: number) =>
  fc.uniqueArray(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      owned: fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(partitions) }, garbage), {
        maxLength: partitions,
      }),
      generation: fc.integer({ min: -1, max: 2 }),
    }),
    { minLength: 1, maxLength: max, selector: ({ id }) => id },
  )
const group = (maxMembers: number, maxPartitions: number) =>
  fc
    .nat(maxPartitions)
    .chain((partitions) =>
      fc.record({ partitions: fc.constant(partitions), members: membersOf(maxMembers, partitions) }),
    )

const asOwners = (assignment: ReadonlyMap<string, readonly number[]>): Map<number, string> =>
  new Map([...assignment].flatMap(([id, its]) => its.map((it) => [it, id] as const)))

/** Who really had it, as the contract says. */
const hadIt = (members: readonly StickyMember[], partition: number): string | undefined => {
  const claiming = members.filter(({ owned }) => owned.includes(partition))
  const latest = Math.max(...claiming.map(({ generation }) => generation))
  return claiming
    .filter(({ generation }) => generation === latest)
    .map(({ id }) => id)
    .sort()[0]
}

/** How many stay, and how many the member that gives most gives away. */
const judge = (before: readonly (string | undefined)[], owner: (partition: number) => string | undefined) => {
  const given = new Map<string, number>()
  let stay = 0
  for (const [partition, had] of before.entries()) {
    if (had === owner(partition)) stay++
    else if (had !== undefined) given.set(had, (given.get(had) ?? 0) + 1)
  }
  return { stay, most: Math.max(0, ...given.values()) }
}

/** Of all balanced assignments the most that can stay, and among those the least that the greatest giver gives. */
const best = (ids: readonly string[], before: readonly (string | undefined)[]) => {
  let top = { stay: -1, most: 0 }
  for (let code = 0; code < ids.length ** before.length; code++) {
    const owners = before.map((_, partition) => Math.floor(code / ids.length ** partition) % ids.length)
    const sizes = ids.map((_, index) => owners.filter((it) => it === index).length)
    if (Math.max(...sizes) - Math.min(...sizes) > 1) continue
    const { stay, most } = judge(before, (partition) => ids[owners[partition] ?? -1])
    if (stay > top.stay || (stay === top.stay && most < top.most)) top = { stay, most }
  }
  return top
}

test('no balanced assignment leaves more where it was, or takes less from the one that gives most', () => {
  fc.assert(
    fc.property(group(4, 6), ({ members, partitions }) => {
      const owners = asOwners(stickyAssignment(members, partitions))
      const before = Array.from({ length: partitions }, (_, partition) => hadIt(members, partition))
      assert.equal(
        judge(before, (partition) => owners.get(partition)),
        best(
          members.map(({ id }) => id),
          before,
        ),
      )
    }),
    { numRuns: 150 },
  )
})

test('each partition goes to exactly one member, each gets floor or ceil, whatever is claimed and in whatever order', () => {
  fc.assert(
    fc.property(
      group(8, 40).chain((it) =>
        fc.record({
          partitions: fc.constant(it.partitions),
          members: fc.constant(it.members),
          shuffled: fc.shuffledSubarray(it.members, { minLength: it.members.length }),
        }),
      ),
      ({ members, partitions, shuffled }) => {
        const assignment = stickyAssignment(members, partitions)
        assert.equal([...assignment.keys()].sort(), members.map(({ id }) => id).sort())
        assert.equal(
          [...assignment.values()].flat().sort((a, b) => a - b),
          Array.from({ length: partitions }, (_, it) => it),
        )
        for (const its of assignment.values())
          assert.ok(
            its.length === Math.floor(partitions / members.length) ||
              its.length === Math.ceil(partitions / members.length),
          )
        assert.equal([...stickyAssignment(shuffled, partitions)], [...assignment])
      },
    ),
  )
})

test('who joins is the only one that gets, who leaves is the only one that gives, and with neither nothing moves', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.oneof(fc.constant('join'), fc.nat(20)), { minLength: 1, maxLength: 20 }),
      (partitions, steps) => {
        let now = stickyAssignment([{ id: 'first', owned: [], generation: -1 }], partitions)
        for (const [generation, step] of steps.entries()) {
          const before = now
          const leaver = step === 'join' ? undefined : [...before.keys()][step]
          const ids = [...before.keys()].filter((id) => id !== leaver)
          const joiner = step === 'join' || ids.length === 0 ? `new-${generation}` : undefined
          now = stickyAssignment(
            [...ids, ...(joiner === undefined ? [] : [joiner])].map((id) => ({
              id,
              owned: before.get(id) ?? [],
              generation,
            })),
            partitions,
          )
          const owners = asOwners(now)
          for (const [partition, had] of asOwners(before)) {
            const has = owners.get(partition)
            assert.ok(has === had || had === leaver || has === joiner, `${partition} from ${had} to ${has}`)
          }
        }
      },
    ),
  )
})

/** Fleets of these sizes, one after the other; members that leave are the youngest. Gives the owners by partition, by fleet. */
const grow = (partitions: number, sizes: readonly number[]): (string | undefined)[][] => {
  let now = new Map<string, number[]>()
  return sizes.map((size, generation) => {
    now = stickyAssignment(
      Array.from({ length: size }, (_, index) => `member-${String(index).padStart(3, '0')}`).map((id) => ({
        id,
        owned: now.get(id) ?? [],
        generation,
      })),
      partitions,
    )
    const owners = asOwners(now)
    return Array.from({ length: partitions }, (_, partition) => owners.get(partition))
  })
}

/** Members that have at least one of so many partitions in a row, wherever these begin: the fewest. */
const fewestIn = (owners: readonly (string | undefined)[], row: number): number =>
  Math.min(
    ...owners.map(
      (_, from) => new Set(Array.from({ length: row }, (_, at) => owners[(from + at) % owners.length])).size,
    ),
  )

test('a row of partitions as long as the group belongs to all of it, where shares are equal', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 8 }), (members, each) => {
      const [owners = []] = grow(members * each, [members])
      assert.is(fewestIn(owners, members), members)
    }),
  )
})

test('neighbours go to different members, where nothing is owned yet', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 120 }), fc.integer({ min: 2, max: 40 }), (partitions, members) => {
      const [owners = []] = grow(partitions, [members])
      for (let at = 1; at < partitions; at++) assert.is.not(owners[at], owners[at - 1])
    }),
  )
})

test('rows of 24 partitions stay mixed while the fleet grows and shrinks, in one step or worker by worker', () => {
  const steps = (from: number, to: number): number[] =>
    Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => from + Math.sign(to - from) * at)
  const share = (sizes: readonly number[]): number =>
    Math.min(...grow(24, sizes).map((owners, at) => fewestIn(owners, sizes[at] ?? 1) / (sizes[at] ?? 1)))
  for (const sizes of [
    [3, 12, 3],
    [3, 24, 3],
    [3, 6, 12, 24, 12, 6, 3],
  ])
    assert.is(share(sizes), 1, sizes.join(', '))
  // Dealt out in a row it was a quarter at four workers, and a third at twelve.
  assert.ok(share([3, 7, 14, 24, 3]) >= 0.65)
  assert.ok(share(steps(3, 24)) >= 0.55)
  assert.ok(share([...steps(3, 12), 3]) >= 0.55)
  assert.ok(share(steps(24, 3)) >= 0.5)
})

test('of two that claim a partition the later generation has it, then the smaller id', () => {
  const claim = (id: string, generation: number, owned: number[]): StickyMember => ({ id, generation, owned })
  const later = stickyAssignment([claim('a', 4, [0, 1]), claim('b', 5, [0, 1])], 4)
  assert.equal(later.get('b'), [0, 1])
  const even = stickyAssignment([claim('b', 5, [0, 1]), claim('a', 5, [0, 1])], 4)
  assert.equal(even.get('a'), [0, 1])
})

test('of more members than partitions those that own keep', () => {
  const members = ['a', 'b', 'c', 'd'].map((id, index) => ({
    id,
    generation: 1,
    owned: index < 2 ? [] : [index - 2],
  }))
  assert.equal(
    stickyAssignment(members, 2),
    new Map([
      ['c', [0]],
      ['d', [1]],
      ['a', []],
      ['b', []],
    ]),
  )
})

test('a group without members or without partitions has nothing to share out', () => {
  assert.equal(stickyAssignment([], 12), new Map())
  assert.equal(stickyAssignment([{ id: 'a', owned: [0], generation: 1 }], 0), new Map([['a', []]]))
})

test.run()
