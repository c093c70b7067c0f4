/** A worker whose connections to Kafka are cut for a while: it lives on, within its bounds, and loses nothing. */
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Done, openTopic, type Topic } from '../fixtures/real-kafka.ts'
import { until } from '../until.ts'

const context: { topic: Topic | undefined } = { topic: undefined }
const test = suite('Engine without its broker', context)
test.after.each(async (it) => {
  await it.topic?.close()
  it.topic = undefined
})

/** A client whose sockets can be cut and kept from connecting. */
const cuttable = () => {
  const sockets = new Set<net.Socket>()
  let down = false
  const kafka = new kafkajs.Kafka({
    clientId: 'test',
    brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','),
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: ({ host, port, onConnect }) => {
      // Nobody listens on port 1: a broker that is being restarted refuses the same way.
      const socket = net.connect(down ? { host: '127.0.0.1', port: 1 } : { host, port }, onConnect)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
  })
  return {
    kafka,
    cut: () => {
      down = true
      // With an error, as a connection that the other side resets: kafkajs never learns of a bare close.
      for (const socket of sockets) socket.destroy(new Error('read ECONNRESET'))
    },
    mend: () => {
      down = false
    },
  }
}

test('goes on by itself after an outage, with every job done and no unhandled failure', async (it) => {
  const { kafka, cut, mend } = cuttable()
  const topic = await openTopic(4, kafka)
  it.topic = topic
  // More than the prefetch holds, so that partitions are paused and resumed all the time.
  const count = 12_000
  const filler = 'x'.repeat(500)
  await topic.send(Array.from({ length: count }, (_, n) => ({ value: `${n} ${filler}` })))
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => {
    failures.push(error)
  }
  process.on('unhandledRejection', onFailure)
  process.on('uncaughtException', onFailure)
  try {
    const recorded = new Set<string>()
    let most = 0
    const engine = topic.engine({
      settled: async (claims) => new Set(claims.filter(({ task }) => recorded.has(task))),
      run: async ({ task }): Promise<{ result: string }> => {
        most = Math.max(most, engine.claimed)
        await delay(1)
        return { result: task }
      },
      record: async (finished: readonly Done[]) => {
        for (const { result } of finished) recorded.add(result)
      },
    })
    await engine.start()
    await until('it works', () => recorded.size > 1_000)
    cut()
    await delay(2_500)
    mend()
    await topic.drained(14_000)
    assert.equal(
      failures.map((error) => String(error)),
      [],
    )
    assert.is(recorded.size, count)
    assert.ok(most <= 200)
  } finally {
    process.off('unhandledRejection', onFailure)
    process.off('uncaughtException', onFailure)
  }
})

test.run()
