import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Poll } from '../../core/poll.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

const test = suite('poll')

const listening = () => {
  const said: string[] = []
  const note = (level: string) => (first: unknown, text?: string) =>
    said.push(`${level} ${text ?? String(first)}`)
  return { said, log: { info: note('info'), warn: note('warn') } as unknown as Logger }
}

test('a failed reading leaves the last one, and is told for as long as it lasts; said once', async () => {
  const { said, log } = listening()
  let next: () => number = () => 1
  const poll = new Poll({ read: async () => next(), what: 'it', log })
  assert.equal([poll.latest, poll.failure], [undefined, undefined])
  await poll.refresh()
  assert.is(poll.latest, 1)
  const fault = new Error('away')
  next = () => {
    throw fault
  }
  await poll.refresh()
  await poll.refresh()
  assert.equal([poll.latest, poll.failure], [1, fault])
  next = () => 2
  await poll.refresh()
  assert.equal([poll.latest, poll.failure], [2, undefined])
  assert.equal(said, ['warn it can’t be read', 'info it can be read again'])
})

test('who asks while it is being read shares the reading', async () => {
  let reads = 0
  const { promise, resolve } = Promise.withResolvers<number>()
  const poll = new Poll({
    read: () => {
      reads++
      return promise
    },
    what: 'it',
    log: listening().log,
  })
  const both = Promise.all([poll.refresh(), poll.refresh()])
  await turn()
  assert.is(reads, 1)
  resolve(7)
  await both
  assert.is(poll.latest, 7)
})

test.run()
