import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'

let platform: Platform

const test = suite('the installation')

setUp(test, async () => {
  platform = await startPlatform('inst', { PARTITIONS: '3' })
})
test.after(() => platform?.stop())

const committed = async (): Promise<string[]> => {
  const admin = platform.kafka.admin()
  await admin.connect()
  const groupId = `${platform.prefix}-slaves`
  const [topic] = await admin
    .fetchOffsets({ groupId, topics: [platform.topic('jobs')] })
    .finally(() => admin.disconnect())
  return topic?.partitions.map(({ offset }) => offset) ?? []
}

test('it commits first offsets for the workers’ group', async () => {
  assert.equal(await committed(), ['0', '0', '0'])
})

test('it can be repeated at any time, and changes nothing then', async () => {
  const [master, worker] = await Promise.all([platform.master(), platform.worker()])
  const job = await runJob(master.url, { type: 'noop' })
  assert.is(job.status, 'succeeded')
  await worker.stop()
  const before = await committed()
  await platform.install({ PARTITIONS: '5' })
  assert.equal(await committed(), before)
  assert.equal(await platform.sql('select id::text from outcomes'), [{ id: job.id }])
  await master.stop()
})

test('several at once wait for each other', async () => {
  const all = await Promise.allSettled([1, 2, 3, 4].map(() => platform.install()))
  assert.equal(
    all.flatMap((it) => (it.status === 'rejected' ? [String(it.reason).split('\n').slice(0, 3)] : [])),
    [],
  )
})

test('installations into different schemas of one database do not disturb each other', async () => {
  const schemas = ['a', 'b', 'c'].map((name) => `${platform.prefix}${name}`)
  try {
    const all = await Promise.allSettled(schemas.map((it) => platform.install({ DATABASE_SCHEMA: it })))
    assert.equal(
      all.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled'],
    )
  } finally {
    for (const schema of schemas) await platform.sql(`drop schema if exists ${schema} cascade`)
  }
})

test.run()
