/** Whose code it is that fails beside every promise, or ends the process. */
import { EventEmitter } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refuseExit, runAs, type Stray, takeStray } from '../../consumer/guard/scope.ts'
import { until } from '../until.ts'

const test = suite('scope')

const strays: (Stray | undefined)[] = []
const take = (thrown: unknown): void => {
  strays.push(takeStray(thrown))
}
test.before(() => {
  process.on('uncaughtException', take)
  process.on('unhandledRejection', take)
})
test.before.each(() => {
  strays.length = 0
})
test.after(() => {
  process.off('uncaughtException', take)
  process.off('unhandledRejection', take)
})
const failing = (what: string) => () => {
  throw new Error(what)
}
const forever = (): Promise<never> => new Promise(() => {})
const messages = (): string[] => strays.map((it) => `${it?.id} ${it?.type} ${it?.error.message} ${it?.late}`)
/** Runs it as the owner's; gives the first failure beside its promise. */
const failsBeside = (id: string, run: () => unknown): Promise<string> =>
  new Promise((resolve) => {
    const fail = (error: Error): void => resolve(String(error))
    void runAs({ id, type: 't' }, run, fail)
  })
const endOf = (run: () => unknown): Promise<string> =>
  runAs({ id: 'x', type: 't' }, run).then(String, (error: unknown) => String(error))

test('a failure beside the promise is its owner’s, whatever it came from, and is told at once', async () => {
  const ways: Record<string, () => unknown> = {
    timer: () => setTimeout(failing('timer'), 5),
    immediate: () => setImmediate(failing('immediate')),
    tick: () => process.nextTick(failing('tick')),
    microtask: () => queueMicrotask(failing('microtask')),
    rejection: () => void Promise.reject(new Error('rejection')),
    listener: () => setTimeout(() => new EventEmitter().emit('error', new Error('listener')), 5),
    'timer in a timer': () => setTimeout(() => setTimeout(failing('timer in a timer'), 5), 5),
  }
  for (const [way, fail] of Object.entries(ways)) {
    const failure = failsBeside(way, () => {
      fail()
      return forever()
    })
    assert.is(await failure, `Error: ${way}`)
    assert.is(messages().at(-1), `${way} t ${way} false`)
  }
  assert.is(strays.length, Object.keys(ways).length)
})

test('of several at once each has its own', async () => {
  const owned = ['a', 'b', 'c'].map((id) =>
    failsBeside(id, () => {
      setTimeout(failing(`of ${id}`), 5)
      return forever()
    }),
  )
  assert.equal(await Promise.all(owned), ['Error: of a', 'Error: of b', 'Error: of c'])
})

test('after its end it is late, and the result stands', async () => {
  const failures: unknown[] = []
  const fail = (error: unknown): void => {
    failures.push(error)
  }
  const run = (): string => {
    setTimeout(failing('too late'), 5)
    return 'result'
  }
  assert.is(await runAs({ id: 'x', type: 't' }, run, fail), 'result')
  await until('it is told', () => strays.length === 1)
  assert.equal(messages(), ['x t too late true'])
  assert.equal(failures, [])
})

test('what is thrown at once, or rejected, is no stray', async () => {
  for (const run of [failing('at once'), async () => failing('later')()]) {
    assert.match(await endOf(run), /^Error: (at once|later)$/)
  }
  assert.equal(strays, [])
})

test('what belongs to no handler is nobody’s, also while one runs', async () => {
  void endOf(forever)
  setTimeout(failing('ours'), 5)
  await until('it fails', () => strays.length === 1)
  assert.equal(strays, [undefined])
})

test('process.exit throws in a handler, and works for everybody once the process is leaving', async () => {
  const exit = process.exit
  const codes: unknown[] = []
  const leaving = new AbortController()
  try {
    process.exit = (code) => {
      codes.push(code)
      throw new Error('exited')
    }
    refuseExit(leaving.signal)
    assert.match(await endOf(() => process.exit(3)), /called process\.exit\(3\)/)
    const later = failsBeside('x', () => {
      setTimeout(() => process.exit(4), 5)
      return forever()
    })
    assert.match(await later, /called process\.exit\(4\)/)
    assert.equal(codes, [])
    assert.throws(() => process.exit(5), 'exited')
    leaving.abort()
    await endOf(() => process.exit(6))
    assert.equal(codes, [5, 6])
  } finally {
    process.exit = exit
  }
})

test.run()
