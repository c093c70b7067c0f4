import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Recorder } from '../../consumer/engine/recorder.ts'
import { type Deferred, defer, quiet, settle } from '../fixtures/quiet.ts'
import { until } from '../until.ts'

const test = suite('Recorder')

const recorderOf = (
  write: (items: readonly number[]) => Promise<ReadonlySet<number> | undefined>,
  onWritten: (recorded: readonly number[], refused: readonly number[]) => void,
  sizeOf: (item: number) => number = () => 0,
): Recorder<number> =>
  new Recorder({ write: async (items) => (await write(items)) ?? new Set(), sizeOf, onWritten }, quiet)

/** Waits until all is written, however long the recorder waits between two tries. */
const written = (recorder: Recorder<number>): Promise<true> =>
  until('all is recorded', () => recorder.unrecorded === 0)

/** A store whose writes the test lets end. */
const setUp = () => {
  const writes: { readonly items: readonly number[]; readonly end: Deferred<Set<number> | undefined> }[] = []
  const recorded: number[] = []
  const refused: number[] = []
  const recorder = recorderOf(
    (items) => {
      const end = defer<Set<number> | undefined>()
      writes.push({ items, end })
      return end.promise
    },
    (items, not) => {
      recorded.push(...items)
      refused.push(...not)
    },
  )
  return { recorder, writes, recorded, refused }
}

test('what ends together is written together, and what comes meanwhile is the next group', async () => {
  const { recorder, writes, recorded } = setUp()
  for (const it of [1, 2, 3]) recorder.add(it)
  await settle()
  assert.equal(writes[0]?.items, [1, 2, 3])
  recorder.add(4)
  recorder.add(5)
  await settle()
  assert.is(writes.length, 1, 'one group in flight')
  assert.is(recorder.unrecorded, 5)
  assert.equal(recorded, [])
  writes[0]?.end.resolve(undefined)
  await settle()
  assert.equal(recorded, [1, 2, 3])
  assert.equal(writes[1]?.items, [4, 5])
  writes[1]?.end.resolve(undefined)
  await settle()
  assert.equal(recorded, [1, 2, 3, 4, 5])
  assert.is(recorder.unrecorded, 0)
})

test('a group is bounded', async () => {
  const { recorder, writes } = setUp()
  for (let i = 0; i < 1_200; i++) recorder.add(i)
  await settle()
  assert.is(writes[0]?.items.length, 500)
  assert.is(recorder.unrecorded, 1_200)
})

test('a group that can’t be written is tried again, whole and alone, until it is', async () => {
  const tried: (readonly number[])[] = []
  const recorded: number[] = []
  let failures = 2
  const recorder = recorderOf(
    async (items) => {
      tried.push(items)
      if (failures-- > 0) throw new Error('down')
      return undefined
    },
    (items) => void recorded.push(...items),
  )
  recorder.add(1)
  await settle()
  recorder.add(2)
  assert.instance(recorder.failure, Error)
  assert.equal(recorded, [])
  await written(recorder)
  assert.equal(tried, [[1], [1], [1], [2]])
  assert.equal(recorded, [1, 2])
  assert.is(recorder.failure, undefined)
})

test('a group is bounded in bytes, and what waits closes the door', async () => {
  const groups: (readonly number[])[] = []
  const recorder = recorderOf(
    async (items) => {
      groups.push(items)
      return undefined
    },
    () => {},
    (item) => item * 1_000_000,
  )
  for (let i = 0; i < 9; i++) recorder.add(8)
  assert.not(recorder.hasRoom, '72 MB wait')
  await written(recorder)
  assert.equal(
    groups.map((group) => group.length),
    [2, 2, 2, 2, 1],
  )
  assert.ok(recorder.hasRoom)
})

test('what a write refuses for good is told apart, and is not tried again', async () => {
  const { recorder, writes, recorded, refused } = setUp()
  for (const it of [1, 2, 3]) recorder.add(it)
  await settle()
  writes[0]?.end.resolve(new Set([2]))
  await settle()
  assert.equal([recorded, refused], [[1, 3], [2]])
  assert.is(recorder.unrecorded, 0)
  assert.ok(recorder.hasRoom)
  await settle()
  assert.is(writes.length, 1)
})

test('after a stop nothing is tried again, and what was given up is never called recorded', async () => {
  let tries = 0
  const recorded: number[] = []
  const recorder = recorderOf(
    () => {
      tries++
      return Promise.reject(new Error('down'))
    },
    (items) => void recorded.push(...items),
  )
  recorder.add(1)
  await until('it has been tried again', () => tries > 1)
  recorder.stop()
  await settle()
  const before = tries
  recorder.add(2)
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.is(tries, before)
  assert.equal(recorded, [])
})

test('a write that a stop finds on its way is called recorded when it is', async () => {
  const { recorder, writes, recorded } = setUp()
  recorder.add(1)
  await settle()
  recorder.stop()
  writes[0]?.end.resolve(undefined)
  await settle()
  assert.equal(recorded, [1])
})

test('a result that comes at the very moment at which a group is recorded is written too', async () => {
  const taken: number[] = []
  const recorder: Recorder<number> = recorderOf(
    async (items) => {
      taken.push(...items)
      return undefined
    },
    // The end of the first lets the next job run, and that job ends at once.
    ([first]) => {
      if (first === 1) void Promise.resolve().then(() => recorder.add(2))
    },
  )
  recorder.add(1)
  await settle()
  await settle()
  assert.equal(taken, [1, 2])
})

test('nothing is lost or recorded twice, however ends and writes fall together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('add', 'write', 'microtask', 'turn'), { maxLength: 60, size: 'max' }),
      async (steps) => {
        const { recorder, writes, recorded } = setUp()
        let added = 0
        let next = 0
        for (const doing of steps) {
          if (doing === 'add') recorder.add(added++)
          else if (doing === 'write') writes[next++]?.end.resolve(undefined)
          else if (doing === 'microtask') await Promise.resolve()
          else if (doing === 'turn') await settle()
          if (next > writes.length) next = writes.length
        }
        for (let i = 0; i < 100 && recorder.unrecorded > 0; i++) {
          await settle()
          for (const { end } of writes) end.resolve(undefined)
        }
        assert.equal(recorded, [...Array(added).keys()])
      },
    ),
    { numRuns: 300 },
  )
})

test.run()
