/** One engine on a real Kafka: exactly once while nothing fails, order, the committed prefix, the window, leaving. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim } from '../../consumer/engine/claim.ts'
import { defer } from '../fixtures/quiet.ts'
import { type Done, openTopic, type Topic } from '../fixtures/real-kafka.ts'
import { until } from '../until.ts'

const context: { topic: Topic | undefined } = { topic: undefined }
const test = suite('Engine on Kafka', context)
test.after.each(async (it) => {
  await it.topic?.close()
  it.topic = undefined
})

test('runs 2,000 keyed and keyless records once each, those of a key in order and never at once', async (it) => {
  const topic = await openTopic(4)
  it.topic = topic
  const keyed = Array.from({ length: 1_200 }, (_, n) => ({ value: `${n}`, key: `key ${n % 37}` }))
  const keyless = Array.from({ length: 800 }, (_, n) => ({ value: `${1_200 + n}` }))
  await topic.send([...keyed, ...keyless])
  const ran: string[] = []
  const recorded: string[] = []
  const busy = new Set<string>()
  const lastOf = new Map<string, number>()
  const faults: string[] = []
  const engine = topic.engine({
    concurrency: 20,
    run: async ({ key, task }) => {
      if (key !== undefined) {
        if (busy.has(key)) faults.push(`${key} twice at once`)
        if ((lastOf.get(key) ?? -1) > Number(task)) faults.push(`${key} out of order`)
        busy.add(key)
        lastOf.set(key, Number(task))
      }
      ran.push(task)
      await delay(Math.random() * 3)
      if (key !== undefined) busy.delete(key)
      return { result: task }
    },
    record: async (finished) => {
      await delay(2)
      recorded.push(...finished.map(({ result }) => result))
    },
  })
  await engine.start()
  await topic.drained()
  assert.equal(faults, [])
  assert.is(ran.length, 2_000)
  assert.is(new Set(ran).size, 2_000)
  assert.is(recorded.length, 2_000)
  assert.is(engine.claimed, 0)
  assert.is(engine.unrecorded, 0)
})

test('never commits past a result that is not recorded', async (it) => {
  const topic = await openTopic(2)
  it.topic = topic
  await topic.send(Array.from({ length: 400 }, (_, n) => ({ value: `${n}` })))
  const recorded = new Map<number, Set<number>>([
    [0, new Set()],
    [1, new Set()],
  ])
  const gate = defer()
  let groups = 0
  const engine = topic.engine({
    run: async ({ offset }) => {
      // Ends are out of order, so that a prefix is something else than a count.
      await delay(offset % 7)
      return { result: 'ok' }
    },
    record: async (finished: readonly Done[]) => {
      if (++groups === 4) await gate.promise
      for (const { claim } of finished) recorded.get(claim.partition)?.add(claim.offset)
    },
  })
  const check = async (): Promise<void> => {
    for (const [partition, offset] of await topic.committed())
      for (let n = 0; n < offset; n++)
        assert.ok(recorded.get(partition)?.has(n), `${partition}/${n} was passed`)
  }
  await engine.start()
  await until('a group hangs', async () => {
    await check()
    return groups === 4
  })
  // Several intervals of commits pass by while results can't be recorded.
  for (let n = 0; n < 8; n++) {
    await delay(100)
    await check()
  }
  const held = [...(await topic.committed()).values()].reduce((a, b) => a + b, 0)
  assert.ok(held < 400)
  gate.resolve()
  await topic.drained()
  await check()
})

test('never claims more than its window, however much waits, and goes on for all of it', async (it) => {
  const topic = await openTopic(4)
  it.topic = topic
  const value = 'x'.repeat(400)
  await topic.send(Array.from({ length: 20_000 }, () => ({ value })))
  let most = 0
  let mostRunning = 0
  let ran = 0
  const engine = topic.engine({
    limits: { jobs: 50, bytes: 16_000_000 },
    concurrency: 5,
    run: async (): Promise<{ result: string }> => {
      ran++
      most = Math.max(most, engine.claimed)
      mostRunning = Math.max(mostRunning, engine.running.size)
      if (ran < 500) await delay(2)
      return { result: 'ok' }
    },
  })
  await engine.start()
  await topic.drained(12_000)
  assert.is(ran, 20_000)
  assert.is(mostRunning, 5)
  assert.ok(most <= 50, `${most} claimed`)
  assert.ok(most > 40, 'and the window is used')
})

test('takes records of 800 kB, some thousand small ones beside them', async (it) => {
  const topic = await openTopic(3)
  it.topic = topic
  for (let n = 0; n < 12; n++) await topic.send([{ value: 'x'.repeat(800_000), partition: n % 2 }])
  await topic.send(Array.from({ length: 2_000 }, () => ({ value: 's', partition: 2 })))
  let large = 0
  let mostBytes = 0
  const engine = topic.engine({
    limits: { jobs: 200, bytes: 3_000_000 },
    run: async ({ task }: Claim<string>): Promise<{ result: string }> => {
      if (task.length > 1) large++
      mostBytes = Math.max(mostBytes, engine.claimedBytes)
      return { result: 'ok' }
    },
  })
  await engine.start()
  await topic.drained()
  assert.is(large, 12)
  assert.ok(mostBytes <= 3_000_000)
})

test('a large record does not wait for ever behind a partition that always has small ones', async (it) => {
  const topic = await openTopic(4)
  it.topic = topic
  let large = 0
  const engine = topic.engine({
    run: async ({ task }) => {
      if (task.length > 100_000) large++
      return { result: 'ok' }
    },
  })
  await engine.start()
  let stopped = false
  const small = Array.from({ length: 300 }, () => ({ value: 'x'.repeat(100), partition: 0 }))
  const stream = Promise.all(
    [0, 1, 2].map(async () => {
      while (!stopped) await topic.send(small)
    }),
  )
  await delay(300)
  await topic.send([{ value: 'x'.repeat(800_000), partition: 3 }])
  const begun = Date.now()
  await until('the large one runs', () => large === 1, 5_000).finally(() => {
    stopped = true
  })
  await stream
  assert.ok(Date.now() - begun < 3_000)
})

test('leaving while jobs run lets them end, commits what is recorded, and leaves the rest to the next', async (it) => {
  const topic = await openTopic(2)
  it.topic = topic
  await topic.send(Array.from({ length: 300 }, (_, n) => ({ value: `${n}` })))
  const recorded: string[] = []
  const aborted: string[] = []
  const options = {
    run: async ({ task, abort }: Claim<string>) => {
      await delay(5)
      if (abort.signal.aborted) aborted.push(task)
      return { result: task }
    },
    record: async (finished: readonly Done[]) => {
      recorded.push(...finished.map(({ result }) => result))
    },
  }
  const first = topic.engine(options)
  await first.start()
  await until('some ran', () => recorded.length > 40)
  await first.stop(2_000)
  const atStop = recorded.length
  assert.ok(atStop < 300)
  assert.equal(aborted, [])
  assert.is(first.running.size, 0)
  const sum = [...(await topic.committed()).values()].reduce((a, b) => a + b, 0)
  // Of what ended out of order at most as much as ran at once is beyond the prefix.
  assert.ok(sum <= atStop && sum >= atStop - 10, `${sum} committed of ${atStop}`)
  await delay(300)
  assert.is(recorded.length, atStop, 'nothing starts after it')
  await topic.engine(options).start()
  await topic.drained()
  assert.is(new Set(recorded).size, 300)
})

test.run()
