import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Admin, Kafka } from '../../core/kafka/client.ts'
import { installTopics, topicNames } from '../../core/kafka/topics.ts'

const test = suite('installTopics')

const names = topicNames('t')
const config = {
  kafka: { prefix: 't', replicationFactor: 1, partitions: 2 },
  retention: { deadLettersMs: 1 },
} as unknown as Parameters<typeof installTopics>[2]

/** All topics are there; no group has an offset, and one of them has no coordinator. */
const broker = (without: string) => {
  const members = new Set<string>()
  const admin = {
    listTopics: async () => Object.values(names).flat(),
    fetchTopicMetadata: async () => ({ topics: [{ partitions: [{}, {}] }] }),
    async fetchOffsets({ groupId, topics }: { groupId: string; topics: string[] }) {
      if (groupId === without) throw new Error('no coordinator')
      return topics.map((topic) => ({ topic, partitions: [{ partition: 0, offset: '-1' }] }))
    },
    fetchTopicOffsets: async () => [{ partition: 0, low: '0' }],
  } as unknown as Admin
  const consumer = ({ groupId }: { groupId: string }) => {
    const joined: (() => void)[] = []
    return {
      events: { GROUP_JOIN: 'join', CRASH: 'crash' },
      connect: async () => {},
      subscribe: async () => {},
      on: (event: string, listener: () => void) => void (event === 'join' && joined.push(listener)),
      pause: () => {},
      async run() {
        members.add(groupId)
        setTimeout(() => {
          for (const tell of joined) tell()
        }, 20)
      },
      commitOffsets: async () => {},
      disconnect: async () => void members.delete(groupId),
    }
  }
  return { admin, kafka: { consumer } as unknown as Kafka, members }
}

test('where a group can’t be seeded yet none is left with a member that nobody sees any more', async () => {
  for (const without of [names.slaves, names.masters]) {
    const { admin, kafka, members } = broker(without)
    await installTopics(kafka, admin, config).then(
      () => assert.unreachable('it has no coordinator'),
      (error: unknown) => assert.match(String(error), 'no coordinator'),
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal([...members], [])
  }
})

test.run()
