/** Connections to a broker that gives no answer any more. */
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answeringSockets } from '../../core/kafka/connections.ts'

const LIMIT_MS = 300
const test = suite('Connections to Kafka')
let server: net.Server
const accepted: net.Socket[] = []
let answers = true

test.before.each(async () => {
  answers = true
  server = net.createServer((socket) => {
    accepted.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      if (answers) socket.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
test.after.each(() => {
  for (const socket of accepted.splice(0)) socket.destroy()
  server.close()
})

const open = async (): Promise<net.Socket> => {
  const address = server.address()
  const port = address instanceof Object ? address.port : 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const args = { host: '127.0.0.1', port, onConnect: resolve }
  // As kafkajs calls it: without encryption there is no `ssl`, whatever its types say.
  const socket = answeringSockets(LIMIT_MS)(args as Parameters<ReturnType<typeof answeringSockets>>[0])
  await promise
  return socket
}

/** A request of this API: its length, API key, version. */
const request = (apiKey: number): Buffer => {
  const bytes = Buffer.alloc(12)
  bytes.writeInt32BE(8)
  bytes.writeInt16BE(apiKey, 4)
  return bytes
}
const METADATA = 3
const JOIN_GROUP = 11

test('one that gives no answer is broken with an error, which is all that kafkajs notices', async () => {
  const socket = await open()
  answers = false
  socket.write(request(METADATA))
  const since = performance.now()
  const [error] = (await once(socket, 'error')) as [Error]
  assert.match(error.message, 'no answer')
  const took = performance.now() - since
  assert.ok(took >= LIMIT_MS - 5 && took < LIMIT_MS + 1_000, `${took} ms`)
  assert.ok(socket.destroyed)
})

test('one that answers, and one on which nothing was asked, stay', async () => {
  const [busy, idle] = await Promise.all([open(), open()])
  let heard = 0
  busy.on('data', () => heard++)
  for (let n = 0; n < 10; n++) {
    busy.write(request(METADATA))
    await delay(150)
  }
  assert.is(heard, 10)
  assert.not(busy.destroyed)
  assert.not(idle.destroyed)
  busy.destroy()
  idle.destroy()
})

test('a JoinGroup may wait for the other members', async () => {
  const socket = await open()
  answers = false
  socket.write(request(JOIN_GROUP))
  await delay(LIMIT_MS + 1_000)
  assert.not(socket.destroyed)
  socket.destroy()
})

test.run()
