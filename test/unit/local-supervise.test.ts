import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Exit } from '../../local/process.ts'
import { type Part, supervise, waitBefore } from '../../local/supervise.ts'
import { until } from '../until.ts'

const waits = { firstMs: 1, longestMs: 4, steadyMs: 10_000 }

/** A part that ends when told to. */
const part = () => {
  const { promise, resolve } = Promise.withResolvers<Exit>()
  const calls: string[] = []
  const end = (signal: NodeJS.Signals): Promise<Exit> => {
    calls.push(signal)
    resolve({ code: null, signal })
    return promise
  }
  return {
    calls,
    exited: promise,
    die: (code: number) => resolve({ code, signal: null }),
    stop: () => end('SIGTERM'),
    kill: () => void end('SIGKILL'),
  }
}

const test = suite('local supervision')

test('waits double up to the longest', () => {
  assert.equal(
    [1, 2, 3, 4, 5, 50].map((ends) => waitBefore(ends, { firstMs: 500, longestMs: 6_000 })),
    [500, 1_000, 2_000, 4_000, 6_000, 6_000],
  )
})

test('a part that ends is started again, and each end is said in one line', async () => {
  const parts = [part(), part(), part()]
  const lines: string[] = []
  let next = 0
  const start = async (): Promise<Part> => parts[++next] as Part
  const supervised = supervise(parts[0] as Part, start, (line) => lines.push(line), waits)
  parts[0]?.die(1)
  await until('second', () => lines.length === 2)
  parts[1]?.die(9)
  await until('third', () => lines.length === 4)
  await supervised.stop()
  assert.equal(lines, [
    'ended by itself (exit code 1); starting it again in 0 s',
    'runs again',
    'ended by itself (exit code 9); starting it again in 0 s',
    'runs again',
  ])
  assert.equal(parts[2]?.calls.includes('SIGTERM'), true)
})

test('a start that fails is tried again', async () => {
  const second = part()
  let attempts = 0
  const start = async (): Promise<Part> => {
    if (++attempts < 3) throw new Error(`attempt ${attempts}`)
    return second
  }
  const first = part()
  const lines: string[] = []
  const supervised = supervise(first, start, (line) => lines.push(line), waits)
  first.die(1)
  await until('again', () => lines.at(-1) === 'runs again')
  assert.is(attempts, 3)
  assert.is(lines.filter((line) => /^attempt \d; starting it again/.test(line)).length, 2)
  await supervised.stop()
})

test('stopping ends the wait for a restart, and nothing is started any more', async () => {
  const first = part()
  let started = false
  const start = async (): Promise<Part> => {
    started = true
    return part()
  }
  const lines: string[] = []
  const supervised = supervise(first, start, (line) => lines.push(line), {
    ...waits,
    firstMs: 60_000,
    longestMs: 60_000,
  })
  first.die(1)
  await until('the end is said', () => lines.length === 1)
  await supervised.stop()
  assert.not(started)
})

test('stopping during a start stops what comes of it', async () => {
  const first = part()
  const late = part()
  const starting = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<Part>()
  const start = (): Promise<Part> => {
    starting.resolve()
    return finish.promise
  }
  const supervised = supervise(first, start, () => {}, waits)
  first.die(1)
  await starting.promise
  const stopped = supervised.stop()
  finish.resolve(late)
  await stopped
  assert.ok(late.calls.includes('SIGTERM'))
})

test('a part that is stopped is not started again', async () => {
  const first = part()
  const lines: string[] = []
  const start = async (): Promise<Part> => assert.unreachable() as never
  const supervised = supervise(first, start, (line) => lines.push(line), waits)
  await supervised.stop()
  await supervised.stop()
  assert.equal(lines, [])
})

test.run()
