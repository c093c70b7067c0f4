/** What KEDA's postgresql trigger asks PostgreSQL gives what the scaler of one machine counts. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { topicNames } from '../../core/kafka/topics.ts'
import { countParked } from '../../core/store/parked.ts'
import { kafkaScaledObject } from '../../scaler/manifest/scaled-object.ts'
import { settingsOf } from '../../scaler/manifest/settings.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'
import { setUp } from '../support/platform.ts'

let store: RealStore
const test = suite('the query of the postgresql trigger')
setUp(test, async () => {
  store = await openStore()
})
test.after(() => store?.close())

test('counts the jobs that are due, of the jobs topics, and no others', async () => {
  const { pool } = store.db
  const schema: string = (await pool.query('select current_schema() as name')).rows[0].name
  const due = kafkaScaledObject(settingsOf(`TOPIC_PREFIX=q\nDATABASE_SCHEMA=${schema}`)).spec.triggers[1]
  const query = due?.metadata['query'] ?? ''
  const { byPriority, control } = topicNames('q')
  const counted = async () => ({
    // As KEDA reads it: one row of one number.
    query: Number(Object.values((await pool.query({ text: query })).rows[0])[0]),
    scaler: (await countParked(store.db, byPriority)).due,
  })
  assert.equal(await counted(), { query: 0, scaler: 0 })
  const park = (topic: string, when: string, jobs: number) =>
    pool.query(
      `insert into parked (id, topic, partition, type, value, reason, due, attempt, attempts_before, attempts, submitted_at)
       select gen_random_uuid(), $1, 0, 'noop', '{}', 'retry', ${when}, 0, 0, '[]', now() from generate_series(1, $2)`,
      [topic, jobs],
    )
  for (const [index, topic] of byPriority.entries()) await park(topic, "now() - interval '1 s'", 2 + index)
  await park(byPriority[0], "now() + interval '1 hour'", 10)
  await park(byPriority[0], "'infinity'", 20)
  await park(control, "now() - interval '1 s'", 40)
  await park('other.jobs', "now() - interval '1 s'", 80)
  assert.equal(await counted(), { query: 9, scaler: 9 })
})

test.run()
