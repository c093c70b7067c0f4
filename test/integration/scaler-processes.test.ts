import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkerProcesses, type WorkerProcessesOptions } from '../../scaler/apply/processes.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

/** Hears the fixtures: what each says, and that it is gone once its connection closes. */
const listen = async () => {
  const said: { what: string; id: string; pid: number }[] = []
  const waiting = new Set<() => void>()
  const server = createServer((socket) => {
    let who = { id: '', pid: 0 }
    const note = (what: string): void => {
      said.push({ what, ...who })
      for (const check of waiting) check()
    }
    socket.on('error', () => {})
    socket.once('close', () => note('gone'))
    createInterface(socket).on('line', (line) => {
      const { what, id, pid } = JSON.parse(line)
      who = { id, pid }
      note(what)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = String(address instanceof Object ? address.port : 0)
  return {
    port,
    said,
    ids: (what: string) => said.filter((it) => it.what === what).map(({ id }) => id),
    until(holds: () => boolean, what: string): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const check = (): void => (holds() ? resolve() : undefined)
      const timer = setTimeout(
        () => reject(new Error(`never: ${what}; heard ${JSON.stringify(said)}`)),
        15_000,
      )
      waiting.add(check)
      check()
      return promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(check)
      })
    },
    close: () => server.close(),
  }
}
type Ears = Awaited<ReturnType<typeof listen>>

/** A logger whose lines can be looked at, and waited for. */
const logged = () => {
  const lines: { msg: string; restartInMs?: number; why?: string }[] = []
  const heard = Promise.withResolvers<void>()
  const write = (line: string): void => {
    lines.push(JSON.parse(line))
    if (lines.at(-1)?.msg === 'worker ready') heard.resolve()
  }
  return { lines, ready: heard.promise, log: pino({ level: 'info' }, { write }) }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const test = suite<{ ears: Ears; started: WorkerProcesses[] }>('WorkerProcesses')

test.before.each(async (context) => {
  context.ears = await listen()
  context.started = []
})
test.after.each(async ({ ears, started }) => {
  await Promise.all(started.map((workers) => workers.stop()))
  ears.close()
})

const make = (
  { ears, started }: { ears: Ears; started: WorkerProcesses[] },
  mode: string,
  options: Partial<WorkerProcessesOptions> = {},
): WorkerProcesses => {
  const workers = new WorkerProcesses({
    command: process.execPath,
    args: [fixture('worker-process.ts')],
    env: { ...process.env, REPORT_PORT: ears.port, MODE: mode },
    log: logged().log,
    drainMs: 10_000,
    backoff: { firstMs: 10, maxMs: 40, resetAfterMs: 60_000 },
    ...options,
  })
  started.push(workers)
  return workers
}

test('each worker has a name of its own, the newest leave first, and freed names are used again', async (context) => {
  const { ears } = context
  const workers = make(context, 'obedient')
  await workers.scaleTo(3)
  assert.is(workers.replicas, 3)
  await ears.until(() => ears.ids('started').length === 3, 'three started')
  assert.equal(ears.ids('started').toSorted(), ['worker-1', 'worker-2', 'worker-3'])

  await workers.scaleTo(1)
  assert.is(workers.desired, 1)
  assert.equal(ears.ids('SIGTERM').toSorted(), ['worker-2', 'worker-3'])
  assert.is(ears.said.filter(({ what, pid }) => what === 'SIGTERM' && isRunning(pid)).length, 0)

  await workers.scaleTo(2)
  await ears.until(() => ears.ids('started').length === 4, 'a fourth started')
  assert.is(ears.ids('started').at(-1), 'worker-2')
})

test('the last call holds, a draining worker does not count and keeps its name', async (context) => {
  const { ears } = context
  const workers = make(context, 'stubborn', { drainMs: 1_000 })
  await workers.scaleTo(2)
  await ears.until(() => ears.ids('started').length === 2, 'two started')
  const leaving = workers.scaleTo(1)
  assert.is(workers.replicas, 1)
  await workers.scaleTo(2)
  await ears.until(() => ears.ids('started').length === 3, 'a third started')
  assert.is(ears.ids('started').at(-1), 'worker-3')
  assert.is(workers.replicas, 2)
  await leaving
  assert.equal(ears.ids('SIGTERM'), ['worker-2'])
})

test('a worker that dies is started again under its name, and counts as asked for meanwhile', async (context) => {
  const { ears } = context
  const exits: object[] = []
  const workers = make(context, 'obedient', {
    onExit: (exit) => void exits.push({ ...exit, desired: workers.desired, replicas: workers.replicas }),
  })
  await workers.scaleTo(2)
  await ears.until(() => ears.ids('started').length === 2, 'two started')
  const first = ears.said.find(({ what, id }) => what === 'started' && id === 'worker-1')
  process.kill(first?.pid ?? 0, 'SIGKILL')
  await ears.until(() => ears.ids('started').length === 3, 'it started again')
  assert.is(ears.ids('started').at(-1), 'worker-1')
  assert.equal(exits, [
    { worker: 'worker-1', code: null, signal: 'SIGKILL', expected: false, desired: 2, replicas: 1 },
  ])
  assert.is(workers.replicas, 2)
})

test('a worker that keeps crashing is started later each time, and leaves before those that run', async (context) => {
  const { ears } = context
  const { lines, log } = logged()
  const workers = make(context, 'crash', { log })
  await workers.scaleTo(1)
  await ears.until(() => ears.ids('started').length === 5, 'five starts')
  const waits = lines.flatMap(({ restartInMs }) => (restartInMs === undefined ? [] : [restartInMs]))
  assert.equal(waits.slice(0, 4), [10, 20, 40, 40])
  await workers.scaleTo(0)
  const starts = ears.ids('started').length
  assert.is(workers.desired, 0)
  await workers.stop()
  assert.is(ears.ids('started').length, starts)
})

test('a command that is not there is said and tried again, and does not keep anyone from stopping', async (context) => {
  const { lines, log } = logged()
  const exits = Promise.withResolvers<void>()
  const workers = make(context, 'obedient', {
    log,
    command: fixture('no-such-command'),
    onExit: () => lines.filter(({ msg }) => msg.includes('again')).length === 2 && exits.resolve(),
  })
  await workers.scaleTo(1)
  await exits.promise
  assert.is(workers.replicas, 0)
  assert.is(workers.desired, 1)
  await workers.stop()
})

test('workers tell when they are ready', async (context) => {
  const { log, ready } = logged()
  const workers = make(context, 'obedient', { log })
  await workers.scaleTo(1)
  assert.is(workers.ready, 0)
  await ready
  assert.is(workers.ready, 1)
})

test('stopping sends each worker one SIGTERM, kills those that stay, and leaves nothing running', async (context) => {
  const { ears } = context
  const workers = make(context, 'stubborn', { drainMs: 600 })
  await workers.scaleTo(3)
  await ears.until(() => ears.ids('started').length === 3, 'three started')
  const scaling = workers.scaleTo(2)
  await Promise.all([workers.stop(), workers.stop(), scaling])
  await ears.until(() => ears.ids('gone').length === 3, 'three gone')
  assert.equal(ears.ids('SIGTERM').toSorted(), ['worker-1', 'worker-2', 'worker-3'])
  const order = ears.said.map(({ what }) => what)
  assert.ok(order.lastIndexOf('SIGTERM') < order.indexOf('gone'), 'all are told before the first is gone')
  assert.is(ears.said.filter(({ what, pid }) => what === 'started' && isRunning(pid)).length, 0)
  const refused = await workers.scaleTo(1).then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
  assert.is(refused, 'SHUTTING_DOWN')
})

test('workers end when their parent is killed', async ({ ears }) => {
  const parent = spawn(process.execPath, [fixture('worker-parent.ts')], {
    env: { ...process.env, REPORT_PORT: ears.port, MODE: 'stubborn' },
    stdio: 'inherit',
  })
  await ears.until(() => ears.ids('started').length === 2, 'two started')
  parent.kill('SIGKILL')
  await ears.until(() => ears.ids('gone').length === 2, 'two gone')
})

const probe = { periodMs: 50, timeoutMs: 100, failureThreshold: 2 }

test('a worker that is not well is told to leave, and replaced', async (context) => {
  const { ears } = context
  const { log, lines } = logged()
  await make(context, 'sick', { probe, log }).scaleTo(1)
  await ears.until(() => ears.ids('started').length === 2, 'it was replaced')
  assert.equal(ears.ids('SIGTERM')[0], 'worker-1')
  assert.ok(lines.some(({ msg, why }) => msg.includes('not well') && why?.includes('silent for 61 s')))
})

test('a worker that answers nobody any more is killed, and replaced', async (context) => {
  const { ears } = context
  await make(context, 'deaf', { probe, drainMs: 200 }).scaleTo(1)
  await ears.until(() => ears.ids('started').length === 2, 'it was replaced')
  assert.ok(ears.ids('gone').length >= 1)
})

test.run()
