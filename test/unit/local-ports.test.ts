import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stablePorts, whyNotFree } from '../../local/ports.ts'

const test = suite('local ports')
const folder = mkdtempSync(join(tmpdir(), 'ports-'))
const file = join(folder, 'deeper', 'ports.json')
test.after(() => rmSync(folder, { recursive: true, force: true }))

const occupy = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

test('ports are kept from one start to the next, and differ from each other', async () => {
  const first = await stablePorts(file, ['a', 'b', 'c'])
  assert.is(new Set(Object.values(first)).size, 3)
  assert.equal(await stablePorts(file, ['a', 'b', 'c']), first)
})

test('a port that somebody else has taken is changed, and only that one', async () => {
  const before = await stablePorts(file, ['a', 'b'])
  const server = await occupy(before.a)
  const after = await stablePorts(file, ['a', 'b'])
  server.close()
  assert.is.not(after.a, before.a)
  assert.is(after.b, before.b)
  assert.equal(await stablePorts(file, ['a', 'b']), after)
})

test('a file that is torn or names one port twice is no obstacle', async () => {
  writeFileSync(file, '{"a": 2')
  const { a } = await stablePorts(file, ['a'])
  writeFileSync(file, JSON.stringify({ a, b: a }))
  const ports = await stablePorts(file, ['a', 'b'])
  assert.is(ports.a, a)
  assert.is.not(ports.b, a)
})

test('ports are below the ephemeral range, where a client could connect to itself', async () => {
  writeFileSync(file, '{}')
  const { a } = await stablePorts(file, ['a'])
  assert.ok(a >= 15_000 && a < 32_000, String(a))
})

test('why a port is not free is told by its code', async () => {
  const { a } = await stablePorts(file, ['a'])
  assert.is(await whyNotFree(a, '127.0.0.1'), undefined)
  const server = await occupy(a)
  assert.is(await whyNotFree(a, '127.0.0.1'), 'EADDRINUSE')
  server.close()
  assert.is(await whyNotFree(a, '192.0.2.1'), 'EADDRNOTAVAIL')
})

test.run()
