import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { identify } from '../../local/identity.ts'
import { lockOwner, takeLock } from '../../local/lock.ts'
import { logFile, readLog, rotateLogs } from '../../local/logs.ts'
import { startProcess } from '../../local/process.ts'
import { endLeftovers, writeRecord } from '../../local/records.ts'
import { until } from '../until.ts'

const script = fileURLToPath(new URL('../fixtures/local-child.ts', import.meta.url))
const dataDir = mkdtempSync(join(tmpdir(), 'process-'))
const recordFile = join(dataDir, 'run', 'child.json')

const start = (mode: string, stopLimitMs = 5_000) =>
  startProcess({
    name: 'child',
    dataDir,
    command: process.execPath,
    args: [script],
    mark: script,
    env: { ...process.env, MODE: mode },
    stopSignal: 'SIGTERM',
    stopLimitMs,
  })
const ready = (pid: number) => until('ready', () => readLog(dataDir, 'child').includes(`ready ${pid}`))
const isGone = (pid: number) => until(`the end of ${pid}`, () => identify(pid) === undefined)

const test = suite('local processes')
test.after(() => rmSync(dataDir, { recursive: true, force: true }))

test('a process is recorded while it runs, logs into its file, and leaves on its signal', async () => {
  const child = await start('obedient')
  await ready(child.pid)
  const record = JSON.parse(readFileSync(recordFile, 'utf8'))
  assert.is(record.pid, child.pid)
  assert.is(record.started, identify(child.pid)?.started)
  assert.equal(await child.stop(), { code: null, signal: 'SIGTERM' })
  assert.not(existsSync(recordFile))
  assert.equal(await child.stop(), { code: null, signal: 'SIGTERM' })
})

test('one that ignores its signal is killed after the limit, with all that descends from it', async () => {
  const child = await start('stubborn', 200)
  await ready(child.pid)
  const grandchild = Number(/child (\d+)/.exec(readLog(dataDir, 'child'))?.[1])
  assert.ok(identify(grandchild))
  assert.equal(await child.stop(), { code: null, signal: 'SIGKILL' })
  await isGone(grandchild)
})

test('it leads a process group of its own, so Ctrl-C does not reach it', async () => {
  const child = await start('obedient')
  assert.not.throws(() => process.kill(-child.pid, 0))
  await child.stop()
})

test('a program that is not there is named in the error', async () => {
  const failed = startProcess({
    name: 'absent',
    dataDir,
    command: '/nowhere/absent',
    args: [],
    mark: 'x',
    env: {},
    stopSignal: 'SIGTERM',
    stopLimitMs: 1,
  })
  const error = await failed.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, AppError)
  assert.match(String(error), '/nowhere/absent can’t be started (ENOENT)')
})

test('rotation keeps the last run’s log, once', async () => {
  writeFileSync(logFile(dataDir, 'x'), 'old')
  rotateLogs(dataDir)
  assert.is(readLog(dataDir, 'x'), '')
  assert.is(readFileSync(`${logFile(dataDir, 'x')}.1`, 'utf8'), 'old')
})

const orphan = async () => {
  const child = spawn(process.execPath, [script], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  return { pid: Number(child.pid), started: identify(Number(child.pid))?.started ?? '', child }
}
const record = { name: 'child', mark: script, stopSignal: 'SIGTERM' } as const

test('what a killed supervisor has left is ended, and its record removed', async () => {
  const { pid, started } = await orphan()
  writeRecord(dataDir, { ...record, pid, started })
  assert.equal(await endLeftovers(dataDir), ['child'])
  assert.is(identify(pid), undefined)
  assert.not(existsSync(recordFile))
  assert.equal(await endLeftovers(dataDir), [])
})

test('a stranger who has got the pid, or another command line, is left alone', async () => {
  const { pid, started, child } = await orphan()
  for (const other of [{ started: `${started}0` }, { mark: '/some/where/else' }]) {
    writeRecord(dataDir, { ...record, pid, started, ...other })
    assert.equal(await endLeftovers(dataDir), [])
    assert.is(identify(pid)?.started, started)
    assert.not(existsSync(recordFile))
  }
  child.kill('SIGKILL')
})

test('a torn record is no obstacle, nor is a missing folder', async () => {
  writeFileSync(recordFile, '{"pid":')
  assert.equal(await endLeftovers(dataDir), [])
  assert.equal(await endLeftovers(join(dataDir, 'nothing')), [])
})

test('a lock has one owner; given back or left by the dead it can be taken again', () => {
  const file = join(dataDir, 'locks', 'lock')
  const free = takeLock(file, String)
  assert.is(lockOwner(file), process.pid)
  assert.throws(
    () => takeLock(file, (pid) => `held by ${pid}`),
    (error: unknown) => error instanceof AppError && error.message === `held by ${process.pid}`,
  )
  free()
  assert.is(lockOwner(file), undefined)
  for (const stale of [JSON.stringify({ pid: process.pid, started: 'long ago' }), '{"pid":1', '']) {
    writeFileSync(file, stale)
    takeLock(file, String)()
  }
})

test('of many who come for a stale lock together one gets it', async () => {
  const file = join(dataDir, 'locks', 'race')
  const lock = fileURLToPath(new URL('../fixtures/local-lock.ts', import.meta.url))
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'long ago' }))
  const rivals = Array.from({ length: 5 }, () => fork(lock, [file]))
  await Promise.all(rivals.map((rival) => once(rival, 'message')))
  const answers = rivals.map((rival) => once(rival, 'message'))
  for (const rival of rivals) rival.send('go')
  const got = (await Promise.all(answers)).filter(([answer]) => answer === 'got')
  for (const rival of rivals) rival.disconnect()
  assert.is(got.length, 1)
})

test.run()
