import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Recorder } from '../../consumer/engine/recorder.ts'
import { type Deferred, defer, quiet, settle } from '../fixtures/quiet.ts'

const test = suite('Recorder')

const recorderOf = (
  write: (items: readonly number[]) => Promise<void>,
  onRecorded: (items: readonly number[]) => void,
  sizeOf: (item: number) => number = () => 0,
): Recorder<number> => new Recorder({ write, sizeOf, onRecorded }, quiet)

/** A store whose writes the test lets end. */
const setUp = () => {
  const writes: { readonly items: readonly number[]; readonly end: Deferred<void> }[] = []
  const recorded: number[] = []
  const recorder = recorderOf(
    (items) => {
      const end = defer()
      writes.push({ items, end })
      return end.promise
    },
    (items) => void recorded.push(...items),
  )
  return { recorder, writes, recorded }
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
  writes[0]?.end.resolve()
  await settle()
  assert.equal(recorded, [1, 2, 3])
  assert.equal(writes[1]?.items, [4, 5])
  writes[1]?.end.resolve()
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
    },
    (items) => void recorded.push(...items),
  )
  recorder.add(1)
  await settle()
  recorder.add(2)
  assert.instance(recorder.failure, Error)
  assert.equal(recorded, [])
  await recorder.flush(5_000)
  assert.equal(tried, [[1], [1], [1], [2]])
  assert.equal(recorded, [1, 2])
  assert.is(recorder.failure, undefined)
})

test('a group is bounded in bytes, and what waits closes the door', async () => {
  const groups: (readonly number[])[] = []
  const recorder = recorderOf(
    async (items) => {
      groups.push(items)
    },
    () => {},
    (item) => item * 1_000_000,
  )
  for (let i = 0; i < 9; i++) recorder.add(8)
  assert.not(recorder.hasRoom, '72 MB wait')
  await recorder.flush(1_000)
  assert.equal(
    groups.map((group) => group.length),
    [2, 2, 2, 2, 1],
  )
  assert.ok(recorder.hasRoom)
})

test('a flush that takes too long gives up, and what was given up is never called recorded', async () => {
  const recorded: number[] = []
  const recorder = recorderOf(
    () => Promise.reject(new Error('down')),
    (items) => void recorded.push(...items),
  )
  recorder.add(1)
  const begun = Date.now()
  await recorder.flush(150)
  assert.ok(Date.now() - begun < 1_000)
  assert.equal(recorded, [])
})

test('a flush ends at its limit although a write hangs', async () => {
  const { recorder, writes } = setUp()
  recorder.add(1)
  await settle()
  const flushed = recorder.flush(100).then(() => 'flushed')
  const limit = new Promise<string>((resolve) => setTimeout(() => resolve('hangs'), 1_000))
  const first = await Promise.race([flushed, limit])
  writes[0]?.end.resolve()
  assert.is(first, 'flushed')
})

test('a result that comes at the very moment at which a group is recorded is written too', async () => {
  const written: number[] = []
  const recorder: Recorder<number> = recorderOf(
    async (items) => {
      written.push(...items)
    },
    // The end of the first lets the next job run, and that job ends at once.
    ([first]) => {
      if (first === 1) void Promise.resolve().then(() => recorder.add(2))
    },
  )
  recorder.add(1)
  await settle()
  await settle()
  assert.equal(written, [1, 2])
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
          else if (doing === 'write') writes[next++]?.end.resolve()
          else if (doing === 'microtask') await Promise.resolve()
          else if (doing === 'turn') await settle()
          if (next > writes.length) next = writes.length
        }
        for (let i = 0; i < 100 && recorder.unrecorded > 0; i++) {
          await settle()
          for (const { end } of writes) end.resolve()
        }
        assert.equal(recorded, [...Array(added).keys()])
      },
    ),
    { numRuns: 300 },
  )
})

test.run()
