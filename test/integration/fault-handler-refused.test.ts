/** Results that PostgreSQL itself refuses, were they ever to get there: the group beside them is recorded. */
import { randomBytes, randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buriedOutcome, writeGroup } from '../../consumer/record-outcomes.ts'
import { readConfig } from '../../core/config.ts'
import type { Outcome } from '../../core/job.ts'
import { type Database, openDatabase } from '../../core/store/database.ts'
import { migrate } from '../../core/store/migrate.ts'
import { getOutcome, type OwnedOutcome, recordOutcomes } from '../../core/store/outcomes.ts'
import { ownershipsOf } from '../../core/store/ownership.ts'
import { quiet } from '../fixtures/quiet.ts'

const test = suite('results that PostgreSQL refuses')
const schema = `test_${randomBytes(5).toString('hex')}`
const config = readConfig({ ...process.env, DATABASE_SCHEMA: schema }, 'child')
let db: Database
let token = 0

test.before(async () => {
  await migrate(config.database, quiet)
  db = openDatabase(config.database, 'test', quiet)
  const owned = await ownershipsOf(db, ['topic'], 'test').acquire([0], { leaseMs: 600_000, takeOver: false })
  token = owned.get(0)?.token ?? 0
})
test.after(async () => {
  await db.pool.query(`drop schema ${schema} cascade`)
  await db.close()
})

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  id: randomUUID(),
  type: 'test',
  key: undefined,
  status: 'succeeded',
  topic: 'topic',
  partition: 0,
  offset: 1,
  attempts: [],
  submittedAt: 0,
  startedAt: 0,
  finishedAt: 0,
  worker: 'worker',
  resultJson: '"fine"',
  error: undefined,
  ...more,
})

const poisoned: Readonly<Record<string, Partial<Outcome>>> = {
  // The stack of PostgreSQL 15 ends at some 14,500.
  'nested 50,000 deep (54001)': { resultJson: '['.repeat(50_000) + ']'.repeat(50_000) },
  'not JSON (22P02)': { resultJson: '{' },
  'raw NUL (22021)': { resultJson: '"\0"' },
}
const hopeless: Readonly<Record<string, Partial<Outcome>>> = {
  'type with NUL (22021)': { type: 'a\0b' },
  'partition out of range (22003)': { partition: 2 ** 40 },
  'key too long for its index (54000)': { key: randomBytes(20_000).toString('hex') },
}

test('the others are recorded; those whose result is refused are dead and say why; nothing is tried for ever', async () => {
  const bad = [...Object.values(poisoned), ...Object.values(hopeless)].map(outcome)
  const good = Array.from({ length: 60 }, () => outcome())
  const group = [...good.slice(0, 30), ...bad, ...good.slice(30)].map((it) => ({ outcome: it, token }))
  const given: string[] = []
  await writeGroup<OwnedOutcome>(group, {
    write: async (items) => {
      await recordOutcomes(db.pool, items)
    },
    bury: (item, why) => ({ ...item, outcome: buriedOutcome(item.outcome, why) }),
    giveUp: ({ outcome: { id } }) => given.push(id),
  })
  for (const { id } of good) assert.is((await getOutcome(db, id))?.status, 'succeeded')
  for (const [index, name] of Object.keys(poisoned).entries()) {
    const job = await getOutcome(db, bad[index]?.id ?? '')
    assert.is(job?.status, 'dead', name)
    assert.is(job?.error?.code, 'RESULT_INVALID')
    assert.match(job?.error?.message ?? '', name.slice(-6, -1))
  }
  assert.equal(
    given,
    bad.slice(Object.keys(poisoned).length).map(({ id }) => id),
  )
})

test.run()
