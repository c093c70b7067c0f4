/** The local PostgreSQL itself: its own data folder, whatever server the other tests use. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../../core/errors.ts'
import { identify } from '../../local/identity.ts'
import { type LocalPostgres, startPostgres } from '../../local/postgres.ts'
import { endLeftovers } from '../../local/records.ts'

// Not in a folder of mode 0700: root's other user has to get through.
const dataDir = join(tmpdir(), `local-postgres-${process.pid}`)
mkdirSync(dataDir)
const start = (folder = dataDir): Promise<LocalPostgres> => startPostgres({ dataDir: folder, log: () => {} })

const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end().catch(() => {})
  }
}

const test = suite('local PostgreSQL')
let server: LocalPostgres
test.before(async () => {
  server = await start()
})
test.after(async () => {
  await endLeftovers(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
})

test('what was committed is there after kill -9, at the same address', async () => {
  await query(server.url, 'create table kept as select 42 as answer')
  server.kill()
  await server.exited
  const { url } = server
  server = await start()
  assert.is(server.url, url)
  assert.equal(await query(url, 'select answer from kept'), [42])
})

test('it is durable, and nobody gets in without the password', async () => {
  const shown = await Promise.all(
    ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses'].map((name) =>
      query(server.url, `show ${name}`),
    ),
  )
  assert.equal(shown.flat(), ['on', 'on', 'on', '127.0.0.1'])
  const other = new URL(server.url)
  other.password = 'guess'
  const error = await query(other.href, 'select 1').then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.is(codeOf(error), '28P01')
  const { mode } = statSync(join(dataDir, 'postgres', 'password'))
  assert.is(mode & 0o777, 0o600)
})

test('a stop takes no notice of open sessions', async () => {
  const client = new pg.Client({ connectionString: server.url })
  const lost = new Promise<void>((resolve) => client.on('error', () => resolve()))
  await client.connect()
  assert.equal(await server.stop(), { code: 0, signal: null })
  await lost
  server = await start()
})

test('a postmaster that nobody recorded is ended, not fought', async () => {
  rmSync(join(dataDir, 'run'), { recursive: true })
  const before = server
  server = await start()
  assert.is(identify(before.pid), undefined)
  assert.equal(await query(server.url, 'select answer from kept'), [42])
})

test('a stale pid file that names a stranger is no obstacle, and the stranger lives', async () => {
  await server.stop()
  writeFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), `${process.pid}\n/elsewhere\n`)
  server = await start()
  assert.equal(await query(server.url, 'select answer from kept'), [42])
})

test('in a folder that no other user can reach, root runs it under another name', async () => {
  const possible =
    process.getuid?.() === 0 && spawnSync('unshare', ['--user', '--map-user=1000', 'true']).status === 0
  if (!possible) return
  const closed = mkdtempSync(join(homedir(), 'local-postgres-'))
  const hidden = await start(closed)
  assert.equal(await query(hidden.url, 'select 1'), [1])
  await hidden.stop()
  const again = await start(closed)
  await again.stop()
  assert.is(statSync(join(closed, 'postgres', 'data')).uid, 0)
  rmSync(closed, { recursive: true })
})

test.run()
