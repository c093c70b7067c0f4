/** What a new owner takes for the group's commit. */
import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Source } from '../../consumer/engine/source.ts'
import { createLogger } from '../../core/telemetry/logger.ts'
import { FakeGroup } from '../fixtures/fake-group.ts'

const test = suite('committed offsets')

const sourceOf = (group: FakeGroup): Source =>
  new Source({
    kafka: group.kafka,
    topics: [group.topic],
    groupId: 'slaves',
    log: createLogger('silent', 'test'),
    onAssigned: () => {},
    onBatch: () => true,
    onCrash: (error) => {
      throw error
    },
  })

test('a commit that is younger than what was read of the log’s end is no fault: the log is not begun anew', async () => {
  const group = new FakeGroup(1)
  for (let record = 0; record < 10; record++) group.append(0)
  group.stored.set(0, 10)
  // The answer comes late (its connection was silent): the former owner goes on meanwhile.
  group.onFetchOffsets = async () => {
    await turn()
    for (let record = 0; record < 5; record++) group.append(0)
    group.stored.set(0, 15)
  }
  const commits = await sourceOf(group).committed([0])
  assert.is(commits.get(0)?.offset, 15)
})

test('a commit beyond the log’s end begins where the log does: it was made anew', async () => {
  const group = new FakeGroup(1)
  group.append(0)
  group.stored.set(0, 400)
  const commits = await sourceOf(group).committed([0])
  assert.is(commits.get(0)?.offset, 0)
})

test.run()
