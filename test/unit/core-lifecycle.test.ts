import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../until.ts'

const test = suite('runProcess')
const program = fileURLToPath(new URL('../fixtures/lifecycle-child.ts', import.meta.url))

interface Child {
  readonly child: ChildProcess
  readonly messages: unknown[]
  lines(): string[]
  readonly ended: Promise<number | null>
}

const start = (odd = ''): Child => {
  const child = fork(program, [odd], { silent: true })
  let output = ''
  child.stdout?.on('data', (data) => {
    output += String(data)
  })
  const messages: unknown[] = []
  child.on('message', (message) => messages.push(message))
  // Not `close`: a child that its parent has disconnected from never emits it.
  const read = new Promise((resolve) => child.stdout?.once('end', resolve))
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => void read.then(() => resolve(code)))
  })
  return { child, messages, lines: () => output.split('\n').filter((it) => it !== ''), ended }
}
const ready = async (one: Child): Promise<Child> => {
  await until('it is ready', () => one.messages.length > 0)
  return one
}
const inOrder = ['ready', 'second stops', 'second stopped', 'first stopped']

test('says when it is ready, and stops its parts in reverse on SIGTERM and on SIGINT', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const one = await ready(start())
    assert.equal(one.messages, [{ ready: true, port: 7 }])
    one.child.kill(signal)
    assert.is(await one.ended, 0)
    assert.equal(one.lines(), inOrder)
  }
})

test('stops when its parent ends', async () => {
  const one = await ready(start())
  one.child.disconnect()
  assert.is(await one.ended, 0)
  assert.equal(one.lines(), inOrder)
})

test('a parent that ends while it stops does not cut the stop short', async () => {
  const one = await ready(start())
  one.child.kill('SIGTERM')
  await until('it stops', () => one.lines().includes('second stops'))
  one.child.disconnect()
  assert.is(await one.ended, 0)
  assert.equal(one.lines(), inOrder)
})

test('a second signal ends it at once', async () => {
  const one = await ready(start('hangs'))
  one.child.kill('SIGTERM')
  await until('it stops', () => one.lines().includes('second stops'))
  one.child.kill('SIGINT')
  assert.is(await one.ended, 130)
})

test('what hangs is left behind at the limit, as a failure', async () => {
  const one = await ready(start('hangs'))
  one.child.kill('SIGTERM')
  assert.is(await one.ended, 1)
  assert.equal(one.lines(), ['ready', 'second stops'])
})

test('a part that fails to stop does not keep the others from stopping', async () => {
  const one = await ready(start('a part fails'))
  one.child.kill('SIGTERM')
  assert.is(await one.ended, 0)
  assert.equal(one.lines(), ['ready', 'second stops', 'first stopped'])
})

test('what fails outside of every try stops it in order, with exit code 1', async () => {
  const one = start('breaks')
  assert.is(await one.ended, 1)
  assert.equal(one.lines(), inOrder)
})

test('what somebody takes, of all that fails outside of every try, stops nothing', async () => {
  const one = start('breaks twice')
  assert.is(await one.ended, 1)
  const [ready, goesOn, ...stops] = inOrder.toSpliced(1, 0, 'goes on')
  assert.equal(one.lines(), [ready, goesOn, ...stops])
})

test('its last words are written, though a handler of exit kills it', async () => {
  for (let round = 0; round < 5; round++) {
    const one = await ready(start('is killed as it exits'))
    one.child.kill('SIGTERM')
    assert.is(await one.ended, null)
    assert.match(one.lines().at(-1) ?? '', /"msg":"stopped"/)
  }
})

test('what fails to start ends with exit code 1', async () => {
  assert.is(await start('fails to start').ended, 1)
})

test.run()
