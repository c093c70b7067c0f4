/** Notices over a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Config, readConfig } from '../../core/config.ts'
import type { Notice } from '../../core/notice.ts'
import { channelOf, listenForNotices } from '../../core/store/notices.ts'
import { tell } from '../../core/store/tell.ts'
import { quiet } from '../fixtures/quiet.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../until.ts'

const test = suite<RealStore>('Notices')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

const configOf = (schema: string): Config['database'] =>
  readConfig({ ...process.env, DATABASE_SCHEMA: schema }, 'child').database

/** Listens, and has all that was heard. */
const listener = async (schema: string, config = configOf(schema), probeMs?: number) => {
  const node = `test-${randomUUID().slice(0, 8)}`
  const heard: Notice[] = []
  let connections = 0
  const { stop } = listenForNotices(
    config,
    node,
    quiet,
    (notice) => {
      heard.push(notice)
      if (notice.kind === 'limits') throw new Error('a listener that fails harms nobody')
    },
    () => connections++,
    probeMs,
  )
  const connected = (times: number) => until(`connection ${times}`, () => connections >= times)
  return { node, heard, connected, stop, connections: () => connections }
}

const newSchema = (): string => `s_${randomUUID().replaceAll('-', '')}`

test('what is told within a transaction is heard when it is committed, by this installation only', async ({
  db,
  single,
}) => {
  const schema = newSchema()
  const [here, other] = await Promise.all([listener(schema), listener(newSchema())])
  try {
    await Promise.all([here.connected(1), other.connected(1)])
    await single.pool.query('begin')
    await tell(single.pool, schema, { kind: 'parked' })
    await tell(db.pool, schema, { kind: 'limits' })
    await until('the first', () => here.heard.length === 1)
    await single.pool.query('commit')
    await until('the second', () => here.heard.length === 2)
    assert.equal(here.heard, [{ kind: 'limits' }, { kind: 'parked' }])
    assert.equal(other.heard, [])
  } finally {
    await Promise.all([here.stop(), other.stop()])
  }
})

test('a thousand cancelled jobs are told in as many notices as it takes', async ({ db }) => {
  const schema = newSchema()
  const here = await listener(schema)
  try {
    await here.connected(1)
    const ids = Array.from({ length: 1_000 }, () => randomUUID())
    await tell(db.pool, schema, { kind: 'cancelled', ids })
    const told = () => here.heard.flatMap((notice) => (notice.kind === 'cancelled' ? notice.ids : []))
    await until('all of them', () => told().length === ids.length)
    assert.equal(told(), ids)
  } finally {
    await here.stop()
  }
})

test('a connection that is ended by the server is made again, and that is told', async ({ db }) => {
  const schema = newSchema()
  const here = await listener(schema)
  try {
    for (const times of [1, 2, 3]) {
      await here.connected(times)
      await tell(db.pool, schema, { kind: 'cancelled', ids: [String(times)] })
      await until('what was told', () => here.heard.length === times)
      const { rowCount } = await db.pool.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        [`${here.node} notices`],
      )
      assert.is(rowCount, 1, 'one connection each')
    }
    await here.connected(4)
  } finally {
    await here.stop()
  }
  const left = await until('no connection is left', async () => {
    const { rowCount } = await db.pool.query('select from pg_stat_activity where application_name = $1', [
      `${here.node} notices`,
    ])
    return rowCount === 0
  })
  assert.ok(left)
  assert.is(here.connections(), 4)
})

test('what is no notice is passed over', async ({ db }) => {
  const schema = newSchema()
  const here = await listener(schema)
  try {
    await here.connected(1)
    const payloads = ['', 'no JSON', '{"kind":"unheard of"}', '{"kind":"cancelled","ids":[1]}', 'null']
    for (const payload of payloads)
      await db.pool.query('select pg_notify($1, $2)', [channelOf(schema), payload])
    await tell(db.pool, schema, { kind: 'parked' })
    await until('the notice', () => here.heard.length > 0)
    assert.equal(here.heard, [{ kind: 'parked' }])
    assert.is(here.connections(), 1)
  } finally {
    await here.stop()
  }
})

test('a connection that has gone without a word is replaced, and one that is refused is tried again', async ({
  db,
}) => {
  const schema = newSchema()
  const config = configOf(schema)
  const proxy = await startTcpProxy(config.url ?? '')
  await proxy.set('refuse')
  const here = await listener(schema, { ...config, url: proxy.through(config.url ?? '') }, 200)
  try {
    await proxy.set('pass')
    await here.connected(1)
    proxy.strand()
    await here.connected(2)
    await tell(db.pool, schema, { kind: 'parked' })
    await until('the notice', () => here.heard.length > 0)
    await proxy.set('swallow')
  } finally {
    const since = performance.now()
    await here.stop()
    assert.ok(performance.now() - since < 3_000, 'a dead connection keeps nobody from stopping')
    await proxy.close()
  }
})

test('a channel has a name that PostgreSQL takes, and each schema its own', async ({ db }) => {
  const long = 'x'.repeat(62)
  const names = ['anomalyguard', `${long}a`, `${long}b`].map(channelOf)
  assert.is(names[0], 'anomgrd_anomalyguard')
  assert.is(new Set(names).size, 3)
  for (const name of names) await db.pool.query('select pg_notify($1, $2)', [name, ''])
})

test.run()
