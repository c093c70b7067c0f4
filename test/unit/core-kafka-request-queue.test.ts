/** kafkajs's own queue, as `core/kafka/client.ts` has changed it. */
import { createRequire } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import '../../core/kafka/client.ts'

interface Queue {
  throttledUntil: number
  throttleCheckTimeoutId: unknown
  push(request: object): void
  checkPendingRequests(): void
  destroy(): void
}
const load: (path: string) => new (options: object) => Queue = createRequire(import.meta.url)
const RequestQueue = load('kafkajs/src/network/requestQueue')

const open = (): { queue: Queue; sent: string[]; request(name: string): object } => {
  const sent: string[] = []
  const queue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    clientId: 'test',
    broker: 'test',
    logger: { debug: () => {} },
  })
  const request = (name: string): object => ({
    entry: { correlationId: name, resolve: () => {}, reject: () => {} },
    expectResponse: false,
    sendRequest: () => sent.push(name),
  })
  return { queue, sent, request }
}

const test = suite('Requests of a connection')

test('nothing is looked after while nothing waits', () => {
  const { queue } = open()
  queue.checkPendingRequests()
  assert.not.ok(queue.throttleCheckTimeoutId)
  queue.destroy()
})

test('what waits for a throttled broker is sent when its time is over, and then there is rest again', async () => {
  const { queue, sent, request } = open()
  queue.throttledUntil = Date.now() + 60
  queue.push(request('a'))
  queue.push(request('b'))
  assert.ok(queue.throttleCheckTimeoutId)
  assert.equal(sent, [])
  await delay(150)
  assert.equal(sent, ['a', 'b'])
  assert.not.ok(queue.throttleCheckTimeoutId)
  queue.destroy()
})

test.run()
