/** Records that no job of ours could be, and results that are many or large: none of them stops a worker. */
import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import type { KafkaMessage } from '../../core/kafka/client.ts'
import { openWork, type RealWork } from '../fixtures/real-work.ts'

const context: { real: RealWork | undefined } = { real: undefined }
const test = suite('Records of others', context)
test.before(async (it) => {
  it.real = await openWork()
})
test.after(async (it) => {
  await it.real?.close()
})

const opened = (it: typeof context): RealWork => {
  if (!it.real) throw new Error('not open')
  return it.real
}

interface Parts {
  readonly id?: string
  readonly type?: string
  readonly key?: Buffer | null
  readonly value?: Buffer | null
}

const newId = (submittedAt = Date.now()): string => makeJobId({ submittedAt, partition: 0, epoch: 0 })

const record = ({
  id = newId(),
  type = 'echo',
  key = null,
  value = Buffer.from('{"payload":1}'),
}: Parts): KafkaMessage => ({
  key,
  value,
  offset: '0',
  timestamp: '0',
  attributes: 0,
  headers: { id, type },
})

const foreign: Record<string, Parts> = {
  'a NUL in its type': { type: 'a\0b' },
  'a type of 10 kB': { type: 'x'.repeat(10_000) },
  'a NUL in its key': { key: Buffer.from('a\0b') },
  'a key that is not UTF-8': { key: Buffer.from([0xff, 0xfe, 0x80]) },
  'a key of 8 kB': { key: Buffer.from(randomBytes(4_000).toString('hex')) },
  'an empty key': { key: Buffer.alloc(0) },
  'an id of the year 10889': { id: newId(2 ** 48 - 1) },
  'an id of 1970': { id: newId(0) },
  'a NUL in its payload': { value: Buffer.from('{"payload":"a\\u0000b"}') },
  'half a surrogate pair in its payload': { value: Buffer.from('{"payload":"\\ud800"}') },
  'no value': { value: null },
  'a value that is not JSON': { value: Buffer.from([0xff, 0x00, 0x01]) },
  'a partition that there is not': {
    id: makeJobId({ submittedAt: Date.now(), partition: 4095, epoch: 255 }),
  },
}

for (const [what, parts] of Object.entries(foreign)) {
  test(`a record with ${what} does not keep the results beside it from being recorded`, async (it) => {
    const { work, finish, db } = opened(it)
    const good = newId()
    const group = [await finish(record({ id: good }), 1), await finish(record(parts), 2)]
    await work.record(group)
    const { rows } = await db.pool.query('select id from outcomes where id = $1', [good])
    assert.is(rows.length, 1)
  })
}

test('dead jobs that together are larger than a record batch may be are all recorded', async (it) => {
  const { work, finish, deadLetters } = opened(it)
  const before = await deadLetters()
  const value = Buffer.from(JSON.stringify({ payload: 'x'.repeat(600_000) }))
  const group = [1, 2, 3].map((offset) => finish(record({ type: 'fail', value }), offset))
  await work.record(await Promise.all(group))
  assert.is((await deadLetters()) - before, 3)
})

test('a record as large as a record may be becomes a dead letter', async (it) => {
  const { work, finish, deadLetters } = opened(it)
  const before = await deadLetters()
  // 1 MiB is the broker's limit of a batch; this one came through it.
  await work.record([await finish(record({ value: Buffer.alloc(1_048_400, 0x20) }), 1)])
  assert.is((await deadLetters()) - before, 1)
})

test('results that can’t be recorded at first are copied to the dead letters once all the same', async (it) => {
  const { work, finish, db, deadLetters } = opened(it)
  const before = await deadLetters()
  const group = [await finish(record({ type: 'fail' }), 1)]
  await db.pool.query('alter table outcomes rename to away')
  for (let i = 0; i < 3; i++) await work.record(group).catch(() => {})
  await db.pool.query('alter table away rename to outcomes')
  await work.record(group)
  assert.is((await deadLetters()) - before, 1)
})

test('a result that PostgreSQL refuses ends dead, copied and told; those beside it are recorded', async (it) => {
  const { work, finish, db, deadLetters } = opened(it)
  const before = await deadLetters()
  const ids = [newId(), newId(), newId()]
  const group = [
    await finish(record({ id: ids[0] ?? '' }), 1),
    await finish(record({ id: ids[1] ?? '' }), 2),
    await finish(record({ id: ids[2] ?? '' }), 3),
  ]
  const poisoned = group[1]?.result
  // No handler's result gets here: `result-json.ts` refuses it. This is for the one that nobody thought of.
  const resultJson = '['.repeat(50_000) + ']'.repeat(50_000)
  if (poisoned?.outcome) poisoned.outcome = { ...poisoned.outcome, resultJson }
  await work.record(group)
  const { rows } = await db.pool.query<{ id: string; status: string; code: string | null }>(
    `select id, status, error->>'code' as code from outcomes where id = any($1::uuid[]) order by "offset"`,
    [ids],
  )
  assert.equal(
    rows.map(({ status, code }) => [status, code]),
    [
      ['succeeded', null],
      ['dead', 'RESULT_INVALID'],
      ['succeeded', null],
    ],
  )
  assert.is(poisoned?.outcome?.status, 'dead', 'what is told of it is what was recorded')
  assert.is((await deadLetters()) - before, 1)
})

test.run()
