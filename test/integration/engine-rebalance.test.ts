/** Engines that come and go on a real Kafka: every record gets a result, and the committed offsets only go forward. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Done, openTopic, type Topic } from '../fixtures/real-kafka.ts'
import { until } from '../until.ts'

const context: { topic: Topic | undefined } = { topic: undefined }
const test = suite('Engines of one group', context)
test.after.each(async (it) => {
  await it.topic?.close()
  it.topic = undefined
})

/** Reads what is committed over and over; tells of each step back. */
const watchCommits = (topic: Topic): { stop(): Promise<string[]> } => {
  const back: string[] = []
  const last = new Map<number, number>()
  let stopped = false
  const watching = (async () => {
    while (!stopped) {
      for (const [partition, offset] of await topic.committed()) {
        const before = last.get(partition) ?? 0
        if (offset < before) back.push(`partition ${partition} from ${before} to ${offset}`)
        last.set(partition, offset)
      }
      await delay(20)
    }
  })()
  return {
    stop: async () => {
      stopped = true
      await watching
      return back
    },
  }
}

test('each record gets a result while a second member joins and leaves', async (it) => {
  const topic = await openTopic(6)
  it.topic = topic
  const count = 5_000
  const outcomes = new Map<string, number>()
  const perMember = new Map<string, number>()
  const faults: string[] = []
  const member = (name: string) => {
    const busy = new Set<string>()
    return topic.engine({
      concurrency: 10,
      // As the product does: what has its outcome is not run again.
      settled: async (claims) => new Set(claims.filter(({ task }) => outcomes.has(task))),
      run: async ({ key, task, abort }) => {
        if (key !== undefined && busy.has(key)) faults.push(`${key} twice at once in ${name}`)
        if (key !== undefined) busy.add(key)
        await delay(4, undefined, { signal: abort.signal }).catch(() => {})
        if (key !== undefined) busy.delete(key)
        return { result: task }
      },
      record: async (finished: readonly Done[]) => {
        await delay(3)
        for (const { result } of finished) outcomes.set(result, (outcomes.get(result) ?? 0) + 1)
        perMember.set(name, (perMember.get(name) ?? 0) + finished.length)
      },
    })
  }
  await topic.send(
    Array.from({ length: count }, (_, n) => ({ value: `${n}`, ...(n % 2 ? { key: `k${n % 50}` } : {}) })),
  )
  const commits = watchCommits(topic)
  await member('first').start()
  await until('the first works', () => outcomes.size > 300)
  const second = member('second')
  await second.start()
  await until('the second works', () => (perMember.get('second') ?? 0) > 300)
  await second.stop(1_000)
  await topic.drained(10_000)
  assert.equal(await commits.stop(), [])
  assert.equal(faults, [])
  assert.is(outcomes.size, count, 'every record has a result')
  const runs = [...perMember.values()].reduce((a, b) => a + b, 0)
  // Only what two members had at the moment of a join may run twice: their windows.
  assert.ok(runs - count <= 2 * 400, `${runs - count} ran more than once`)
})

test('a member that comes back finds what was left, and nothing between is passed', async (it) => {
  const topic = await openTopic(3)
  it.topic = topic
  const seen = new Set<string>()
  const options = {
    run: async ({ task }: { task: string }) => {
      await delay(1)
      return { result: task }
    },
    record: async (finished: readonly Done[]) => {
      for (const { result } of finished) seen.add(result)
    },
  }
  let sent = 0
  const send = async (): Promise<void> => {
    await topic.send(Array.from({ length: 400 }, () => ({ value: `${sent++}` })))
  }
  const commits = watchCommits(topic)
  for (let round = 0; round < 4; round++) {
    await send()
    const engine = topic.engine(options)
    await engine.start()
    await until('it works', () => seen.size > sent - 250)
    await engine.stop(round % 2 === 0 ? 0 : 500)
  }
  const last = topic.engine(options)
  await last.start()
  await topic.drained()
  assert.is(seen.size, sent)
  assert.equal(await commits.stop(), [])
})

test.run()
