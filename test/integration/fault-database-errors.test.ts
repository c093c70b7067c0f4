/**
 * PostgreSQL is there, and refuses: a full disk, a deadlock, a statement that is cancelled, no connection left. Injected by
 * a trigger on the outcomes (a disk that is really full needs a file system of its own, and so a privileged user).
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectSettled } from '../support/job-stream.ts'
import { setUp } from '../support/platform.ts'
import { caughtUp, freePort, openStage, type Stage, tell, workerAt } from '../support/stage.ts'
import { until } from '../until.ts'

const test = suite('fault: PostgreSQL refuses')
let stage: Stage

setUp(test, async () => {
  stage = await openStage({ name: 'dberrors', workers: [{}] })
  const { sql } = stage.platform
  await sql('create table fault (code text, times int)')
  await sql(`create function fail() returns trigger language plpgsql as $$ declare it fault; begin
    select * into it from fault limit 1;
    if it.times is null or nextval('fails') <= it.times then
      if it.code is not null then raise exception 'as told' using errcode = it.code; end if;
    end if;
    return null;
  end $$`)
  // Unlike a row, a sequence keeps its count when the transaction is rolled back.
  await sql('create sequence fails')
  await sql('create trigger fail before insert on outcomes for each statement execute function fail()')
})
test.after(() => stage?.close())

const begin = async (code: string, times: number | null): Promise<void> => {
  await stage.platform.sql(`select setval('fails', 1, false)`)
  await stage.platform.sql('insert into fault values ($1, $2)', [code, times])
}
const mend = () => stage.platform.sql('delete from fault')

test('disk full (53100) for 5 s: said on /ready within 2 s, ready within 3 s of its end, caught up within 8 s', async () => {
  const { status, process } = workerAt(stage, 0)
  const since = performance.now()
  await begin('53100', null)
  const { afterMs: unreadyMs } = await status.unready(since, /^database: as told/, 2_000)
  await delay(5_000)
  await mend()
  const mended = performance.now()
  const readyMs = await status.ready(mended, 3_000)
  await caughtUp(stage, 8_000)
  assert.not(process.hasEnded)
  assert.ok(status.healthy)
  tell('53100', { unreadyMs, readyMs, caughtUpMs: performance.now() - mended })
})

for (const [code, what] of [
  ['40P01', 'a deadlock'],
  ['40001', 'a serialization failure'],
  ['57014', 'a cancelled statement'],
] as const)
  test(`${what} (${code}), once: the group is written again at once`, async () => {
    await begin(code, 1)
    await until('it has happened', async () => {
      const [row] = await stage.platform.sql<{ last_value: string }>('select last_value from fails')
      return Number(row?.last_value) > 1
    })
    await caughtUp(stage, 3_000)
    await mend()
    assert.ok(workerAt(stage, 0).status.healthy)
  })

test('no connection left (53300): the worker goes on when there are some again', async () => {
  const { status, process } = workerAt(stage, 0)
  const url = new URL(globalThis.process.env['DATABASE_URL'] ?? '')
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  const role = `${stage.platform.prefix}_few`
  const schema = stage.platform.prefix
  await admin.query(`create role ${role} login password 'few' connection limit 1`)
  const own = new URL(url)
  own.username = role
  own.password = 'few'
  const holder = new pg.Client({ connectionString: own.href })
  try {
    await admin.query(`grant all on schema ${schema} to ${role}`)
    await admin.query(`grant all on all tables in schema ${schema} to ${role}`)
    await admin.query(`grant all on all sequences in schema ${schema} to ${role}`)
    await holder.connect()
    const port = await freePort()
    const starting = stage.platform.worker({ NODE_ID: 'few', DATABASE_URL: own.href, PORT: String(port) })
    const why = await until(
      'it says what is wrong',
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined)
        const text = (await answer?.text()) ?? ''
        return answer?.status === 503 && text.includes('too many connections') && text
      },
      25_000,
    )
    await admin.query(`alter role ${role} connection limit 20`)
    const worker = await starting
    await until('it is ready', async () => (await fetch(`${worker.url}/ready`)).status === 200, 5_000)
    tell('53300', { why: why.trim() })
    assert.equal(await worker.stop(), { code: 0, signal: null })
  } finally {
    await holder.end()
    await admin.query(`drop owned by ${role}`)
    await admin.query(`drop role ${role}`)
    await admin.end()
  }
  assert.not(process.hasEnded)
  assert.ok(status.healthy)
})

test('afterwards each job has one outcome, in order of its key, and nothing ran twice', async () => {
  const { outcomes, repeats, tookMs } = await expectSettled(stage.platform, stage.stream, 10_000)
  assert.is(repeats, 0)
  tell('settled', { jobs: outcomes.length, repeats, tookMs })
})

test('the log says each fault once', () => {
  const lines = workerAt(stage, 0).complaints()
  assert.is(lines.get('results can’t be recorded; trying again'), 4, JSON.stringify([...lines]))
})

test.run()
