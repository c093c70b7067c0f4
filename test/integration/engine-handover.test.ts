/** Partitions that move between two engines under full load on a real Kafka: what a change of the fleet costs. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTopic, type Topic } from '../fixtures/real-kafka.ts'
import { until } from '../until.ts'

const JOB_MS = 300
const PARTITIONS = 6

const context: { topic: Topic | undefined } = { topic: undefined }
const test = suite('Handover on Kafka', context)
test.after.each(async (it) => {
  await it.topic?.close()
  it.topic = undefined
})

interface Run {
  readonly by: string
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
  readonly from: number
  to: number
}

/** Engines that note all they run, and know of no outcome: what runs once does so by commits and handovers alone. */
const setUp = (topic: Topic) => {
  const runs: Run[] = []
  const member = (by: string) =>
    topic.engine({
      concurrency: 5,
      run: async ({ partition, offset, key, task, abort }) => {
        const run: Run = { by, partition, offset, key, from: performance.now(), to: Number.POSITIVE_INFINITY }
        runs.push(run)
        await delay(JOB_MS, undefined, { signal: abort.signal }).catch(() => {})
        run.to = performance.now()
        return { result: task }
      },
    })
  const ended = (by: string): number =>
    runs.filter((it) => it.by === by && it.to < Number.POSITIVE_INFINITY).length
  return { runs, member, ended }
}

const jobs = (count: number) =>
  Array.from({ length: count }, (_, n) => {
    const partition = n % PARTITIONS
    const turn = Math.floor(n / PARTITIONS)
    // Every third is keyless, the others share a few keys of their partition.
    return { value: `${n}`, partition, ...(turn % 3 === 0 ? {} : { key: `${partition}-${turn % 4}` }) }
  })

/** Runs of one key, in order of their start. */
const byKey = (runs: readonly Run[]): Run[][] =>
  [
    ...Map.groupBy(
      runs.filter((it) => it.key !== undefined),
      ({ key }) => key,
    ).values(),
  ].map((its) => its.toSorted((a, b) => a.from - b.from))

/** The longest time in which no job of the partition began although some were left. */
const longestPause = (runs: readonly Run[], partition: number): number => {
  const starts = runs
    .filter((it) => it.partition === partition)
    .map((it) => it.from)
    .sort((a, b) => a - b)
  return Math.max(...starts.map((at, i) => at - (starts[i - 1] ?? at)))
}

test('a second worker that joins and leaves under full load: nothing runs twice, keys keep order, what stays runs on', async (it) => {
  const topic = await openTopic(PARTITIONS)
  it.topic = topic
  const { runs, member, ended } = setUp(topic)
  const count = 400
  await topic.send(jobs(count))
  await member('first').start()
  await until('the first works', () => ended('first') > 30)
  const second = member('second')
  await second.start()
  await until('the second works', () => ended('second') > 45)
  await second.stop(5_000)
  assert.ok(ended('first') + ended('second') < count - 60, 'there was work until after it had left')
  await topic.drained(60_000)

  const places = runs.map(({ partition, offset }) => `${partition}/${offset}`)
  assert.is(places.length - new Set(places).size, 0, 'none ran twice')
  assert.is(places.length, count)
  for (const its of byKey(runs)) {
    for (const [i, run] of its.entries()) {
      const before = its[i - 1]
      if (!before) continue
      assert.ok(run.offset > before.offset, `key ${run.key} in order`)
      assert.ok(run.from >= before.to, `key ${run.key} one at a time, in the whole group`)
    }
  }
  const moved = new Set(runs.filter(({ by }) => by === 'second').map(({ partition }) => partition))
  assert.is(moved.size, PARTITIONS / 2)
  const stayed = [...Array(PARTITIONS).keys()].filter((it) => !moved.has(it))
  for (const partition of stayed) {
    const ms = longestPause(runs, partition)
    assert.ok(ms < 1_500, `partition ${partition} stayed, and paused for ${Math.round(ms)} ms`)
  }
})

test('jobs longer than the drain are cut off and run again, and no key ever runs twice at once where handlers obey', async (it) => {
  const topic = await openTopic(2)
  it.topic = topic
  const busy = new Set<string>()
  const faults: string[] = []
  const recorded = new Map<string, number>()
  const member = () =>
    topic.engine({
      drainMs: 200,
      run: async ({ key = '', task, abort }) => {
        if (busy.has(key)) faults.push(key)
        busy.add(key)
        await delay(1_500, undefined, { signal: abort.signal }).catch(() => {})
        busy.delete(key)
        return { result: task }
      },
      record: async (finished) => {
        for (const { result } of finished) recorded.set(result, (recorded.get(result) ?? 0) + 1)
      },
    })
  await topic.send(
    Array.from({ length: 8 }, (_, n) => ({ value: `${n}`, partition: n % 2, key: `k${n % 4}` })),
  )
  await member().start()
  await until('the first works', () => busy.size > 1)
  await member().start()
  await topic.drained(30_000)
  assert.equal(faults, [])
  assert.is(recorded.size, 8)
  assert.ok([...recorded.values()].every((times) => times === 1))
})

test.run()
