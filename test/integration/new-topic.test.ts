/** The topic that other tests begin with. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTopic } from '../fixtures/real-kafka.ts'

const test = suite('A new topic')

test('holds once what is sent as soon as it is there, though a broker tells of its partitions before it leads them', async () => {
  for (let round = 0; round < 4; round++) {
    const topic = await openTopic(100)
    try {
      await topic.send(Array.from({ length: 1_000 }, (_, n) => ({ value: `${n}` })))
      const held = [...(await topic.ends()).values()].reduce((a, b) => a + b, 0)
      assert.is(held, 1_000)
    } finally {
      await topic.close()
    }
  }
})

test.run()
