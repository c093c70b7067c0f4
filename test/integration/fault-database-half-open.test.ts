/**
 * The connections of one worker of two to PostgreSQL stay, and nothing comes through. It stays in the group: its partitions
 * wait for it, since nothing says that the others reach the database any better; but it says so.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectSettled } from '../support/job-stream.ts'
import { setUp } from '../support/platform.ts'
import { caughtUp, openStage, type Stage, tell, workerAt } from '../support/stage.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const test = suite('fault: a half-open connection to PostgreSQL')
let stage: Stage
let proxy: TcpProxy

setUp(test, async () => {
  const url = process.env['DATABASE_URL'] ?? ''
  proxy = await startTcpProxy(url)
  stage = await openStage({ name: 'dbhalfopen', workers: [{}, { DATABASE_URL: proxy.through(url) }] })
})
test.after(async () => {
  await stage?.close()
  await proxy?.close()
})

test('15 s of silence: said within 8 s, ready within 5 s of its return, caught up within 10 s; nothing ran twice', async () => {
  const cut = workerAt(stage, 1)
  await delay(1_000)
  const since = performance.now()
  await proxy.set('swallow')
  const { afterMs: unreadyMs } = await cut.status.unready(since, /^database: .*time/, 8_000)
  await delay(Math.max(0, 15_000 - (performance.now() - since)))
  await proxy.set('pass')
  const back = performance.now()
  const readyMs = await cut.status.ready(back, 5_000)
  await caughtUp(stage, 10_000)
  tell('swallowed for 15 s', { unreadyMs, readyMs, caughtUpMs: performance.now() - back })
  assert.not(cut.process.hasEnded)
  assert.ok(cut.status.healthy)
})

test('connections that are silent for ever are given up and made anew within 10 s', async () => {
  await delay(1_000)
  const since = performance.now()
  proxy.strand()
  await delay(1_000)
  await caughtUp(stage, 9_000)
  tell('stranded', { caughtUpMs: performance.now() - since })
})

test('afterwards each job has one outcome, in order of its key, and nothing ran twice', async () => {
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 10_000)
  assert.is(repeats, 0)
  tell('settled', { jobs: outcomes.length, repeats, tookMs })
})

test('the log says what was wrong, in few lines, and the other worker has nothing to complain of', () => {
  const lines = workerAt(stage, 1).complaints()
  assert.match([...lines.keys()].join('\n'), /can’t be (recorded|held|looked up)/)
  assert.ok([...lines.values()].reduce((sum, count) => sum + count, 0) < 30, JSON.stringify([...lines]))
  assert.equal([...workerAt(stage, 0).complaints()], [])
})

test.run()
