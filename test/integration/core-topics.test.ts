import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import { type Admin, createKafka, isRetriable, type Kafka } from '../../core/kafka/client.ts'
import { ofTopic, readLag } from '../../core/kafka/lag.ts'
import { installTopics, topicNames } from '../../core/kafka/topics.ts'
import { whilePassing } from '../../core/retry.ts'
import { quiet } from '../fixtures/quiet.ts'

interface Installed {
  kafka: Kafka
  admin: Admin
  config: ReturnType<typeof readConfig>
  names: ReturnType<typeof topicNames>
}
const context: { own: Installed | undefined } = { own: undefined }
const test = suite('installation of topics', context)

/** As `core/install.ts` calls it: a topic that was just made has no leader for a moment. */
const install = (...parts: Parameters<typeof installTopics>): Promise<void> =>
  whilePassing(() => installTopics(...parts), isRetriable, 20_000)

test.before.each(async (it) => {
  const TOPIC_PREFIX = `test-${randomBytes(5).toString('hex')}`
  const config = readConfig({ ...process.env, TOPIC_PREFIX, PARTITIONS: '6' }, 'master')
  const kafka = createKafka(config.kafka, 'test', quiet)
  const admin = kafka.admin()
  await admin.connect()
  it.own = { kafka, admin, config, names: topicNames(TOPIC_PREFIX) }
})
test.after.each(async ({ own }) => {
  if (!own) return
  const { admin, names } = own
  const { byPriority, control, dead, events } = names
  await admin.deleteTopics({ topics: [...byPriority, control, dead, events] }).catch(() => {})
  await admin.deleteGroups([names.slaves, names.masters]).catch(() => {})
  await admin.disconnect()
})
const opened = ({ own }: typeof context): Installed => {
  if (!own) throw new Error('not open')
  return own
}

test('makes the topics, and offsets from which no lag is counted that is none', async (it) => {
  const { kafka, admin, config, names } = opened(it)
  await install(kafka, admin, config)
  const { topics } = await admin.fetchTopicMetadata({
    topics: [...names.byPriority, names.control, names.dead],
  })
  assert.equal(
    topics.map(({ name, partitions }) => `${name.replace(/^[^.]*\./, '')} ${partitions.length}`).sort(),
    ['control 4', 'dead 1', 'jobs 6', 'jobs.high 6', 'jobs.low 6'],
  )
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.byPriority.map((name) => ({
      type: 2,
      name,
      configNames: ['retention.ms', 'unclean.leader.election.enable'],
    })),
  })
  assert.is(resources.length, 3)
  for (const { configEntries } of resources) {
    const settings = configEntries.map(({ configName, configValue }) => `${configName}=${configValue}`)
    assert.ok(
      settings.includes('retention.ms=-1') && settings.includes('unclean.leader.election.enable=false'),
    )
  }
  for (const [group, topics, count] of [
    [names.slaves, names.byPriority, 18],
    [names.masters, [names.control], 4],
  ] as const) {
    const { partitions } = await readLag(admin, group, topics)
    assert.is(partitions.length, count)
    for (const { committedOffset, lag } of partitions) assert.equal([committedOffset, lag], [0, 0])
  }
})

test('repeated, it changes nothing: neither partitions nor what a group has committed', async (it) => {
  const { kafka, admin, config, names } = opened(it)
  await install(kafka, admin, config)
  await admin.setOffsets({
    groupId: names.slaves,
    topic: names.jobs,
    partitions: [{ partition: 2, offset: '5' }],
  })
  await install(kafka, admin, { ...config, kafka: { ...config.kafka, partitions: 12 } })
  const { partitions } = ofTopic(await readLag(admin, names.slaves, names.byPriority), names.jobs)
  assert.equal(
    partitions.map(({ committedOffset }) => committedOffset),
    [0, 0, 5, 0, 0, 0],
  )
})

test('priorities that join a jobs topic of old have its partitions, and its commits stay', async (it) => {
  const { kafka, admin, config, names } = opened(it)
  await admin.createTopics({ topics: [{ topic: names.jobs, numPartitions: 3 }], waitForLeaders: true })
  await whilePassing(
    () =>
      admin.setOffsets({
        groupId: names.slaves,
        topic: names.jobs,
        partitions: [0, 1, 2].map((partition) => ({ partition, offset: '7' })),
      }),
    isRetriable,
    20_000,
  )
  await install(kafka, admin, config)
  const { partitions } = await readLag(admin, names.slaves, names.byPriority)
  assert.equal(
    partitions.map(({ topic, committedOffset }) => `${topic.replace(/^[^.]*\./, '')} ${committedOffset}`),
    ['jobs', 'jobs.high', 'jobs.low'].flatMap((topic) =>
      Array.from({ length: 3 }, () => `${topic} ${topic === 'jobs' ? 7 : 0}`),
    ),
  )
})

test('two that run at once both succeed', async (it) => {
  const { kafka, admin, config, names } = opened(it)
  await Promise.all([install(kafka, admin, config), install(kafka, admin, config)])
  const { partitions } = await readLag(admin, names.slaves, names.byPriority)
  assert.is(partitions.length, 18)
  for (const { committedOffset } of partitions) assert.is(committedOffset, 0)
})

test.run()
