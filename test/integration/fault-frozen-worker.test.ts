/**
 * A worker stands still (SIGSTOP, as a machine that swaps or a virtual machine that is moved) and wakes up later, with its
 * memory of what it owned. Both cases run at once, each in an installation of its own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CommitWatch, watchCommits } from '../support/commit-watch.ts'
import { expectSettled } from '../support/job-stream.ts'
import { atOnce, openStage, partitionsOf, type Stage, tell, traceClock, workerAt } from '../support/stage.ts'
import { until } from '../until.ts'

const test = suite('fault: a frozen worker')
const stages: Stage[] = []

/** Jobs long enough that some run at any moment. */
const open = async (name: string): Promise<{ stage: Stage; commits: CommitWatch }> => {
  const stage = await openStage({ name, workers: [{}, {}], stream: { jobs: 4, jobMs: 120 } })
  stages.push(stage)
  await shared(stage, 20_000)
  return { stage, commits: await watchCommits(stage.platform) }
}

const shared = (stage: Stage, limitMs: number): Promise<unknown> =>
  until(
    'both workers own partitions',
    async () => {
      const owned = await Promise.all(stage.workers.map((worker) => partitionsOf(stage, worker)))
      return owned.every(({ length }) => length === 2)
    },
    limitMs,
  )

/** Freezes the second worker at a moment when it runs something. */
const freeze = async (stage: Stage): Promise<void> => {
  const { process } = workerAt(stage, 1)
  const { stream } = stage
  for (;;) {
    await until('it works', () =>
      stream.runs().some((run) => run.pid === process.pid && run.end === Infinity),
    )
    process.kill('SIGSTOP')
    await delay(20)
    if (stream.runs().some((run) => run.pid === process.pid && run.end === Infinity)) return
    process.kill('SIGCONT')
  }
}

const finish = async (
  what: string,
  { stage, commits }: Awaited<ReturnType<typeof open>>,
  repeatsAtMost: number,
) => {
  await delay(2_000)
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 20_000)
  await commits.stop()
  assert.ok(commits.looks > 100)
  assert.equal(commits.backwards, [], 'no commit went back')
  assert.ok(repeats <= repeatsAtMost, `${repeats} repeats`)
  const { process, status } = workerAt(stage, 1)
  assert.not(process.hasEnded)
  assert.ok(status.healthy)
  tell(what, { jobs: outcomes.length, repeats, tookMs })
}

atOnce(test, {
  'for 5 s: nobody else takes anything, and nothing runs twice': async () => {
    const it = await open('frozen5')
    const { stage } = it
    const owners = () =>
      stage.platform.sql('select partition, token, owner from ownership where topic = $1 order by 1', [
        stage.platform.topic('jobs'),
      ])
    const before = await owners()
    await freeze(stage)
    await delay(5_000)
    workerAt(stage, 1).process.kill('SIGCONT')
    await delay(1_000)
    assert.equal(await owners(), before)
    await finish('frozen for 5 s', it, 0)
    assert.equal(await owners(), before)
  },

  'for 20 s: the other takes over; the one that wakes up records nothing that it lost, and takes part again':
    async () => {
      const it = await open('frozen20')
      const { stage } = it
      const [other, frozen] = [workerAt(stage, 0), workerAt(stage, 1)]
      await freeze(stage)
      const since = performance.now()
      await until('the other owns all', async () => (await partitionsOf(stage, other)).length === 4, 15_000)
      const takenOverMs = performance.now() - since
      await delay(20_000 - takenOverMs)
      const lost = new Set(
        stage.stream.runs().flatMap((run) => (run.pid === other.process.pid ? [run.id] : [])),
      )
      const woke = traceClock()
      frozen.process.kill('SIGCONT')
      const back = performance.now()
      await shared(stage, 10_000)
      const rejoinedMs = performance.now() - back
      const readyMs = await frozen.status.ready(back, 5_000)
      tell('frozen for 20 s', { takenOverMs, rejoinedMs, readyMs })
      // That each outcome was recorded by the owner of its partition is checked with the rest.
      await finish('frozen for 20 s', it, 10)
      const started = stage.stream.runs().filter((run) => run.pid === frozen.process.pid && run.start > woke)
      assert.equal(
        started.filter(({ id }) => lost.has(id)).map(({ name }) => name),
        [],
        'it starts nothing that the other had begun',
      )
      assert.ok(started.length > 0, 'it takes part again')
      assert.ok(frozen.complaints().has('another worker has taken the partition over'))
    },
})
test.after(async () => {
  for (const { workers } of stages) for (const { process } of workers) process.kill('SIGCONT')
  await Promise.all(stages.map((stage) => stage.close()))
})

test.run()
