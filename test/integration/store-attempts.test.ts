/** Noted attempts on a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import type { KafkaMessage } from '../../core/kafka/client.ts'
import { findKnown, forgetAttempts, noteAttempts } from '../../core/store/attempts.ts'
import { recordOutcomes } from '../../core/store/outcomes.ts'
import { openStore, owned, owners, type RealStore, take } from '../fixtures/real-store.ts'
import { openWork } from '../fixtures/real-work.ts'

const test = suite<RealStore>('Noted attempts')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

test('attempts that were noted are found until they are forgotten, and an outcome has the last word', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const ended = owned(0, token)
  const ids = [randomUUID(), randomUUID(), ended.outcome.id] as const
  const notes = ids.map((id, n) => ({ id, attempts: n + 1, running: n === 1, alone: n === 1 }))
  assert.is((await findKnown(db, ids)).size, 0)
  await noteAttempts(db, notes)
  assert.equal([...(await findKnown(db, ids))].sort(), notes.map((it) => [it.id, it]).sort())
  await recordOutcomes(db, topic, [ended])
  assert.is((await findKnown(db, ids)).get(ended.outcome.id), 'settled')
  const [first] = notes
  assert.ok(first)
  await noteAttempts(db, [{ ...first, attempts: 7 }])
  const again = (await findKnown(db, [first.id])).get(first.id)
  assert.is(again !== 'settled' && again?.attempts, 7)
  await forgetAttempts(db, [first.id, ended.outcome.id])
  const left = await findKnown(db, ids)
  assert.equal([...left.keys()].sort(), [ids[1], ended.outcome.id].sort())
  assert.is(left.get(ended.outcome.id), 'settled')
})

test('a job that is in the log twice can be handed over twice at once', async ({ db }) => {
  const id = randomUUID()
  await noteAttempts(db, [
    { id, attempts: 1, running: false, alone: false },
    { id, attempts: 3, running: false, alone: false },
  ])
  const known = (await findKnown(db, [id])).get(id)
  assert.is(known !== 'settled' && known?.attempts, 3, 'the larger count holds')
})

test('a result that is refused forgets nothing of what the next owner has noted', async () => {
  const it = await openWork()
  try {
    const id = makeJobId({ submittedAt: Date.now(), partition: 0, epoch: 0 })
    const record = { key: null, value: Buffer.from('{"payload":1}'), headers: { id, type: 'echo' } }
    const message: KafkaMessage = { ...record, offset: '0', timestamp: '0', attributes: 0 }
    const { claim, result } = await it.finish(message, 0)
    // A former owner that had noted it, too.
    claim.task.noted = true
    const noted = { id, attempts: 2, running: true, alone: true }
    await noteAttempts(it.db, [noted])
    const late = { claim: { ...claim, token: claim.token + 1 }, result }
    assert.is((await it.work.record([late])).size, 1)
    assert.equal((await findKnown(it.db, [id])).get(id), noted)
  } finally {
    await it.close()
  }
})

test.run()
