/** When a worker is not ready, and when it is given up, by what it looks at. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Checked, type Checks, createChecks } from '../../consumer/checks.ts'

const test = suite('Checks of a worker')

const limits = { silentUnreadyMs: 10, waitingUnreadyMs: 20, oursMs: 60, theirsMs: 300 }
const LOOKED_MS = 1

const well: Checked = {
  starting: () => undefined,
  leaving: () => false,
  silentMs: () => 0,
  kafkaFailure: () => undefined,
  storeFailure: () => undefined,
  waitingMs: () => 0,
  claimed: () => 0,
  running: () => 0,
}

const made: Checks[] = []
const checksOf = (changes: Partial<Checked>): Checks => {
  const checks = createChecks({ ...well, ...changes }, limits)
  made.push(checks)
  return checks
}
test.after.each(() => {
  for (const checks of made.splice(0)) checks.stop()
})

/** Names of the checks that fail. */
const failing = (checks: Checks, of: 'health' | 'ready'): string[] =>
  Object.entries(checks[of]).flatMap(([name, check]) => (check() === undefined ? [] : [name]))

test('a worker with all well is ready and healthy', () => {
  const checks = checksOf({})
  assert.equal([failing(checks, 'ready'), failing(checks, 'health')], [[], []])
})

test('a silent group: first not ready, given up after the short limit where Kafka answers otherwise', () => {
  for (const [silentMs, ready, health] of [
    [5, [], []],
    [15, ['kafka'], []],
    [61, ['kafka'], ['kafka']],
  ] as const) {
    const checks = checksOf({ silentMs: () => silentMs })
    assert.equal(failing(checks, 'ready'), [...ready])
    assert.equal(failing(checks, 'health'), [...health])
  }
})

test('while Kafka takes nothing at all a new process would not be any better: the long limit', () => {
  const away = { kafkaFailure: () => 'away' }
  assert.equal(failing(checksOf({ ...away, silentMs: () => 299 }), 'health'), [])
  const checks = checksOf({ ...away, silentMs: () => 301 })
  assert.equal(failing(checks, 'health'), ['kafka'])
  assert.match(checks.ready['kafka']?.() ?? '', /silent for .*: away/)
})

test('a store that fails: not ready at once, given up when it has failed for the long limit without a pause', async () => {
  let failure: string | undefined = 'no disk'
  const checks = checksOf({ storeFailure: () => failure })
  assert.is(checks.ready['database']?.(), 'no disk')
  assert.equal(failing(checks, 'health'), [])
  await delay(limits.theirsMs - 100)
  failure = undefined
  assert.equal(failing(checks, 'health'), [])
  failure = 'no disk'
  assert.equal(failing(checks, 'health'), [], 'the pause began it anew')
  await delay(limits.theirsMs + LOOKED_MS)
  assert.equal(failing(checks, 'health'), ['database'])
})

test('partitions that are waited for: not ready, then given up, unless the store or the group is why', () => {
  assert.equal(failing(checksOf({ waitingMs: () => 21 }), 'ready'), ['partitions'])
  assert.equal(failing(checksOf({ waitingMs: () => 61 }), 'health'), ['partitions'])
  assert.equal(failing(checksOf({ waitingMs: () => 61, storeFailure: () => 'away' }), 'health'), [])
  assert.equal(failing(checksOf({ waitingMs: () => 61, silentMs: () => 15 }), 'health'), [])
})

test('claimed jobs of which none runs, with all well around: given up after the short limit', async () => {
  let running = 0
  const checks = checksOf({ claimed: () => 3, running: () => running })
  assert.equal(failing(checks, 'health'), [])
  await delay(limits.oursMs + LOOKED_MS)
  assert.equal(failing(checks, 'health'), ['jobs'])
  running = 1
  assert.equal(failing(checks, 'health'), [])
})

test('a start that doesn’t come to an end is not ready, says for what it waits, and is given up after the long limit', async () => {
  const checks = checksOf({ starting: () => 'waiting for Kafka' })
  assert.is(checks.ready['start']?.(), 'waiting for Kafka')
  assert.equal(failing(checks, 'health'), [])
  await delay(limits.theirsMs + LOOKED_MS)
  assert.equal(failing(checks, 'health'), ['start'])
})

test.run()
