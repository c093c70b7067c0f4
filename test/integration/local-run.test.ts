/** `make run` from its first line to its last, with stand-ins for the product's own programs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { descendantsOf, identify } from '../../local/identity.ts'
import { endLeftovers } from '../../local/records.ts'
import { until } from '../until.ts'

const script = fileURLToPath(new URL('../fixtures/local-run.ts', import.meta.url))
const base = join(tmpdir(), `local-run-${process.pid}`)
const dataDir = join(base, 'data')
mkdirSync(base)
const notes = join(base, 'notes')

interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves when the output matches; rejects with the output when the process ends without it. */
  until(pattern: RegExp): Promise<void>
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

const start = (env: NodeJS.ProcessEnv): Run => {
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', script], {
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, NOTES: notes, DRAIN_TIMEOUT_MS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    output: () => output,
    ended,
    until: async (pattern) => {
      await until(String(pattern), () => pattern.test(output) || child.exitCode !== null, 60_000)
      assert.match(output, pattern)
    },
  }
}

/** Uses the servers of this test run; where there are none, each run brings its own. */
const given: NodeJS.ProcessEnv = {}
const own: NodeJS.ProcessEnv = { KAFKA_BROKERS: '', DATABASE_URL: '' }

/** What the stand-ins noted since the last call, without pids. */
const noted = (): string[] => {
  const lines = existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []
  rmSync(notes, { force: true })
  return lines.map((line) => line.split(' ').slice(0, 2).join(' '))
}
const pidOf = (name: string): number =>
  JSON.parse(readFileSync(join(dataDir, 'run', `${name}.json`), 'utf8')).pid
const records = (): string[] => readdirSync(join(dataDir, 'run')).sort()
const started = ['install started', 'master_node_1 started', 'scaler started']

const test = suite('make run')
test.before.each(() => {
  noted()
})
test.after(async () => {
  await endLeftovers(dataDir)
  rmSync(base, { recursive: true, force: true })
})

test('brings Kafka and PostgreSQL, starts all in order, ends all in order, and leaves nothing running', async () => {
  const run = start(own)
  await run.until(/AnomalyGuard runs: http:\/\/127\.0\.0\.1:0 {3}/)
  const output = run.output()
  assert.match(output, /kafka {5}ready on 127\.0\.0\.1:\d+ \(\d+\.\d s\)/)
  assert.match(output, /postgres {2}ready on 127\.0\.0\.1:\d+/)
  assert.match(output, /scaler {4}3 workers have joined/)
  assert.match(output, /curl -s http:\/\/127\.0\.0\.1:0\/api\/jobs .*'prefer: wait=10'/)
  assert.ok(output.split('\n').length < 24, 'fits on a screen')
  assert.equal(records(), ['kafka.json', 'lock', 'master.json', 'postgres.json', 'scaler.json'])
  const pids = descendantsOf(Number(run.child.pid))
  assert.ok(pids.length >= 4)

  const since = performance.now()
  run.child.kill('SIGINT')
  assert.is(await run.ended, 0)
  assert.ok(performance.now() - since < 20_000)
  assert.equal(noted(), [...started, 'scaler SIGTERM', 'master_node_1 SIGTERM'])
  assert.equal(records(), [])
  assert.equal(
    pids.filter((pid) => identify(pid)),
    [],
  )
})

test('a killed supervisor’s servers are ended by the next one, which is refused while one lives', async () => {
  const first = start(own)
  await first.until(/AnomalyGuard runs/)
  const second = start(own)
  assert.is(await second.ended, 1)
  assert.match(
    second.output(),
    new RegExp(
      `^another \`make run\` \\(pid ${first.child.pid}\\) uses .*: end it, or set DATA_DIR to another folder\n$`,
    ),
  )
  const [kafka, postgres, master] = [pidOf('kafka'), pidOf('postgres'), pidOf('master')]
  first.child.kill('SIGKILL')
  await first.ended
  await until('the master leaves when its parent is gone', () => identify(master) === undefined)
  assert.ok(identify(kafka) && identify(postgres))

  const third = start(own)
  await third.until(/AnomalyGuard runs/)
  assert.match(third.output(), /cleanup {3}ended what an earlier run had left: .*kafka/)
  assert.is(identify(kafka), undefined)
  assert.is(identify(postgres), undefined)
  third.child.kill('SIGHUP')
  assert.is(await third.ended, 0)
})

test('what dies is said in one line and started again, at the same address', async () => {
  const run = start(own)
  await run.until(/AnomalyGuard runs/)
  noted()
  process.kill(pidOf('master'), 'SIGKILL')
  await run.until(/master {4}ended by itself \(signal SIGKILL\); starting it again in 0\.5 s\n/)
  for (const name of ['kafka', 'postgres']) {
    const pid = pidOf(name)
    process.kill(pid, 'SIGKILL')
    await run.until(new RegExp(`${name} +runs again`))
    assert.is.not(pidOf(name), pid)
  }
  await run.until(/master {4}runs again/)
  assert.equal(noted(), ['master_node_1 started'])
  run.child.kill('SIGTERM')
  assert.is(await run.ended, 0)
})

test('a second signal forces the end, even of what ignores signals', async () => {
  const run = start({ ...given, MODE_scaler: 'stubborn' })
  await run.until(/AnomalyGuard runs/)
  const scaler = pidOf('scaler')
  run.child.kill('SIGINT')
  await run.until(/ending… \(once more to force it\)/)
  // npm and make hand on the terminal's signal: the same one again is not the second.
  run.child.kill('SIGINT')
  await until('the scaler is told to leave', () => noted().includes('scaler SIGTERM'))
  assert.ok(identify(scaler))
  const forcing = setInterval(() => run.child.kill('SIGINT'), 300)
  assert.is(await run.ended, 130)
  clearInterval(forcing)
  assert.is(identify(scaler), undefined)
})

test('what ignores its signal is killed in time without a second one', async () => {
  const run = start({ ...given, MODE_scaler: 'stubborn', DRAIN_TIMEOUT_MS: '100' })
  await run.until(/AnomalyGuard runs/)
  run.child.kill('SIGTERM')
  assert.is(await run.ended, 0)
  assert.equal(noted(), [...started, 'scaler SIGTERM', 'master_node_1 SIGTERM'])
})

test('a signal in the middle of the start ends what has been started so far', async () => {
  const run = start(own)
  await run.until(/postgres {2}ready/)
  run.child.kill('SIGTERM')
  assert.is(await run.ended, 0)
  assert.equal(noted(), [])
  assert.equal(records(), [])
})

for (const [name, variable, status] of [
  ['the installation', 'MODE_install', 'install failed'],
  ['the master', 'MODE_master_node_1', 'master ended while starting (exit code 3)'],
]) {
  test(`${name} failing is said with its last words, and everything ends`, async () => {
    const run = start({ ...given, [variable ?? '']: 'fail' })
    assert.is(await run.ended, 1)
    assert.match(run.output(), `${status}: a fixture that was told to fail (`)
    assert.equal(records(), [])
  })
}

test('a wrong variable, and a server that is not there, are said before anything starts', async () => {
  const wrong = start({ ...given, PORT: 'http' })
  assert.is(await wrong.ended, 1)
  assert.match(wrong.output(), /^the configuration can’t be used:\n {2}PORT: .*\n$/)
  const absent = start({ KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: '' })
  assert.is(await absent.ended, 1)
  assert.match(
    absent.output(),
    /Kafka is unreachable: connect ECONNREFUSED 127\.0\.0\.1:1 \(KAFKA_BROKERS\)\n$/,
  )
  assert.equal(noted(), [])
})

test.run()
