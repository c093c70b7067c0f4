/** What watches the event loop: it sees what stands still, and nothing else. */
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Standstill } from '../../consumer/guard/standstill.ts'
import { RunningTable, RunningTableView } from '../../consumer/guard/watchdog-table.ts'
import { until } from '../until.ts'

const test = suite('the watchdog')

/** One look: how long after the last, and whether the main thread had beaten since. */
const looks = fc.array(fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.boolean()))

test('counts time without a beat, but of a gap in its own looks no more than two periods', () => {
  fc.assert(
    fc.property(looks, (steps) => {
      const standstill = new Standstill(250, 0, 0)
      let [now, beats, expected] = [0, 0, 0]
      for (const [passed, beaten] of steps) {
        now += passed
        if (beaten) beats++
        const before = expected
        expected = beaten ? 0 : expected + Math.min(passed, 500)
        assert.equal(standstill.look(beats, now), { ms: expected, ended: beaten ? before : 0 })
      }
    }),
  )
})

test('a process that was frozen for an hour has stood still for half a second at most', () => {
  const standstill = new Standstill(250, 0, 0)
  assert.is(standstill.look(0, 3_600_000).ms, 500)
  assert.is(standstill.look(1, 3_600_250).ms, 0)
})

const entries = fc.array(
  fc.oneof(fc.record({ id: fc.uuid(), type: fc.stringMatching(/^[a-z0-9._-]{1,64}$/) }), fc.nat()),
)

test('the table shows what runs, started last first, up to its room', () => {
  fc.assert(
    fc.property(entries, (steps) => {
      const table = new RunningTable(5)
      const view = new RunningTableView(table.memory)
      let running: { place: number; job: string; type: string }[] = []
      for (const step of steps) {
        if (typeof step === 'number') {
          const leaving = running[step % Math.max(1, running.length)]
          if (leaving) table.leave(leaving.place)
          running = running.filter((it) => it !== leaving)
        } else {
          running.unshift({ place: table.enter(step.id, step.type), job: step.id, type: step.type })
        }
        const seen = running.filter(({ place }) => place !== 0)
        assert.equal(
          view.running(),
          seen.map(({ job, type }) => ({ job, type })),
        )
        assert.ok(seen.length === Math.min(5, seen.length) && (running.length < 6 || seen.length <= 5))
      }
    }),
  )
})

const program = fileURLToPath(new URL('../fixtures/watchdog-child.ts', import.meta.url))
const children: ChildProcess[] = []
const start = async (warnMs: number, killMs: number, execArgv: string[] = []) => {
  const child = fork(program, [`${warnMs}`, `${killMs}`], { silent: true, execArgv })
  children.push(child)
  const messages: unknown[] = []
  let output = ''
  child.on('message', (message) => messages.push(message))
  child.stdout?.on('data', (data) => {
    output += String(data)
  })
  // Not `close`: a child that its parent has disconnected from never emits it.
  const read = new Promise((resolve) => child.stdout?.once('end', resolve))
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_code, signal) => void read.then(() => resolve(signal)))
  })
  await until('it is ready', () => messages.includes('ready'))
  return { child, messages, ended, output: () => output }
}
test.after(() => {
  for (const child of children) child.kill('SIGKILL')
})

const reports = (messages: readonly unknown[]): unknown[] => messages.filter((it) => it instanceof Object)

test('tells of a standstill once it is over, with what ran when it began', async () => {
  const { child, messages } = await start(200, 60_000)
  child.send(800)
  await until('it tells', () => reports(messages).length === 1)
  const [report] = reports(messages) as { ms: number; running: object[] }[]
  assert.ok(report && report.ms >= 400 && report.ms < 3_000, `${report?.ms} ms`)
  assert.equal(report.running, [
    { job: 'the-younger', type: 'blocks' },
    { job: 'the-older', type: 'waits' },
  ])
  assert.ok(messages.includes('free again'))
  child.disconnect()
})

test('ends the process when it stands still for too long, and says in the log what ran, and where', async () => {
  const { child, ended, output } = await start(200, 1_000)
  const since = performance.now()
  child.send(60_000)
  assert.is(await ended, 'SIGKILL')
  assert.ok(performance.now() - since < 10_000)
  const line = JSON.parse(output()) as Record<string, unknown>
  assert.is(line['level'], 'fatal')
  assert.is(line['node'], 'child')
  assert.equal((line['running'] as object[])[0], { job: 'the-younger', type: 'blocks' })
  assert.match((line['stack'] as string[])[0] ?? '', /^block \(file:.*watchdog-child\.ts:\d+:\d+\)$/)
})

test('a process that is stopped and continued is left alone', async () => {
  const { child, messages, ended, output } = await start(200, 1_000)
  child.kill('SIGSTOP')
  await delay(2_500)
  child.kill('SIGCONT')
  child.send(1)
  await until('it goes on', () => messages.includes('free again'))
  // Twice the limit: were it to be ended, it would have been by then.
  await delay(2_000)
  child.disconnect()
  assert.is(await ended, null)
  assert.is(output(), '')
})

test('under a debugger nothing is ended', async () => {
  const { child, messages, ended } = await start(200, 1_000, ['--inspect=127.0.0.1:0'])
  child.send(2_500)
  await until('it is free again', () => messages.includes('free again'))
  child.disconnect()
  assert.is(await ended, null)
})

test.run()
