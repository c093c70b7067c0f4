/** Ticks of schedules on a real fleet: each runs once, at its time, whatever becomes of a master. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { mostAtOnce, readRuns } from '../support/trace.ts'
import { until } from '../until.ts'

const test = suite('Schedules on a fleet')
const folder = mkdtempSync(join(tmpdir(), 'schedules-'))
let platform: Platform
let master: RunningProcess
let doomed: RunningProcess
setUp(test, async () => {
  platform = await startPlatform('ticks')
  ;[master, doomed] = await Promise.all([
    platform.master(),
    platform.master(),
    platform.worker(),
    platform.worker(),
  ])
})
test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await platform?.stop()
})

interface Tick {
  readonly at: Date
  readonly skipped: string | null
  readonly job_id: string | null
  readonly status: string | null
  readonly started_at: Date | null
}

const create = async (name: string, ms: number, options: object = {}): Promise<string> => {
  const file = join(folder, name)
  const answer = await call(`${master.url}/api/schedules`, {
    json: { name, intervalMs: 1_000, job: { type: 'test.work', payload: { file, name, ms } }, ...options },
  })
  assert.is(answer.status, 201, answer.text)
  return file
}
/** Ticks that are past, or all there are, and how their jobs ended. */
const ticksOf = (name: string, which: 'past' | 'all' = 'past'): Promise<Tick[]> =>
  platform.sql<Tick>(
    `select at, skipped, job_id, status, started_at from schedule_ticks left join outcomes on id = job_id
      where schedule_ticks.schedule = $1 and (at < now() or $2 = 'all') order by at`,
    [name, which],
  )
const everySecond = (ticks: readonly Tick[]): boolean =>
  ticks.every(({ at }, n) => n === 0 || at.getTime() - (ticks[n - 1]?.at.getTime() ?? 0) === 1_000)

test('each tick runs once, at its time, while a master is killed', async () => {
  const names = Array.from({ length: 20 }, (_, n) => `allow-${n}`)
  const files = await Promise.all(names.map((name) => create(name, 0)))
  await until('they tick', async () => (await ticksOf('allow-0')).length >= 3)
  doomed.kill('SIGKILL')
  await until('they tick on', async () => (await ticksOf('allow-0')).length >= 9, 30_000)
  await Promise.all(
    names.map((name) => call(`${master.url}/api/schedules/${name}/pause`, { method: 'POST' })),
  )
  const late: number[] = []
  for (const [index, name] of names.entries()) {
    const ticks = await until(`all of ${name} have ended`, async () => {
      const found = await ticksOf(name, 'all')
      return found.every(({ status }) => status !== null) && found
    })
    assert.ok(everySecond(ticks), `no tick of ${name} is lost`)
    assert.ok(ticks.every(({ status }) => status === 'succeeded'))
    const runs = readRuns(files[index] ?? '')
    assert.equal(
      runs.map(({ id }) => id).sort(),
      ticks.map(({ job_id }) => job_id).sort(),
      `each tick of ${name} ran once, and nothing else did`,
    )
    late.push(...ticks.map(({ at, started_at }) => (started_at?.getTime() ?? 0) - at.getTime()))
  }
  late.sort((a, b) => a - b)
  // Exact to the second; not before their time (clocks of one machine).
  assert.ok((late.at(0) ?? 0) > -50, `${late.at(0)} ms`)
  assert.ok((late.at(Math.floor(late.length / 2)) ?? 0) < 500, `median ${late.at(late.length / 2)} ms`)
  assert.ok((late.at(Math.floor(late.length * 0.95)) ?? 0) < 2_000, `${late.slice(-10)} ms`)
})

test('with overlap queue runs follow each other in order, and with skip ticks are left out meanwhile', async () => {
  const [queue, skip] = await Promise.all([
    create('queue', 1_300, { overlap: 'queue' }),
    create('skip', 1_300, { overlap: 'skip' }),
  ])
  await until('they tick', async () => (await ticksOf('skip')).length >= 6, 20_000)
  for (const name of ['queue', 'skip'])
    assert.is((await call(`${master.url}/api/schedules/${name}/pause`, { method: 'POST' })).status, 200)
  const ticks = await until(
    'all runs have ended',
    async () => {
      const found = [...(await ticksOf('queue', 'all')), ...(await ticksOf('skip', 'all'))]
      return found.every(({ status, skipped }) => status !== null || skipped !== null) && found
    },
    30_000,
  )
  assert.ok(ticks.every(({ status, skipped }) => status === 'succeeded' || skipped === 'overlap'))
  const inOrder = (await ticksOf('queue', 'all')).map(({ job_id }) => job_id)
  const runs = readRuns(queue)
  assert.equal(
    runs.map(({ id }) => id),
    inOrder,
  )
  assert.is(mostAtOnce(runs), 1)
  const skipped = (await ticksOf('skip')).filter((it) => it.skipped === 'overlap')
  assert.ok(skipped.length >= 2)
  assert.is(mostAtOnce(readRuns(skip)), 1)
})

test.run()
