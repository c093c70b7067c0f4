import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { identify } from '../../local/identity.ts'
import { type RunOptions, runFile } from '../runner/run-file.ts'
import { add, describeCount, judge, none, readSummary } from '../runner/summary.ts'
import { until } from '../until.ts'

const summary = (total: number, passed: number, skipped = 0): string =>
  `\n  Total:     ${total}\u001b[32m\n  Passed:    ${passed}\u001b[39m\n  Skipped:   ${skipped}\n  Duration:  1.00ms\n\n`

const folder = mkdtempSync(join(tmpdir(), 'runner-'))
const uvu = fileURLToPath(new URL('../../node_modules/uvu/dist/index.mjs', import.meta.url))
const test = suite('test runner')
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a file with this text. */
const run = (text: string, options: RunOptions = {}, signal = new AbortController().signal) => {
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(file, `import { test, suite } from ${JSON.stringify(uvu)}\n${text}`)
  return runFile(process.execPath, [file], process.env, signal, options)
}

test('summaries are read through colours, and added up', () => {
  assert.equal(readSummary(summary(5, 4, 2)), { passed: 4, failed: 1, skipped: 2 })
  assert.equal(readSummary(summary(5, 4) + summary(2, 2)), { passed: 6, failed: 1, skipped: 0 })
  assert.is(readSummary('  Total:     5\n'), undefined)
  assert.is(readSummary(''), undefined)
})

test('no summary, no test at all and a bad end are failures', () => {
  assert.is(judge('', true).failed, 1)
  assert.is(judge(summary(0, 0), true).failed, 1)
  assert.equal(judge(summary(3, 3), false), { passed: 3, failed: 1, skipped: 0 })
  assert.is(judge(summary(3, 1), false).failed, 2)
  assert.equal(judge(summary(3, 3), true), { passed: 3, failed: 0, skipped: 0 })
})

test('counts are said as `N passed, N failed`', () => {
  assert.is(describeCount(add(none, { passed: 2, failed: 0, skipped: 0 })), '2 passed, 0 failed')
  assert.is(describeCount({ passed: 2, failed: 1, skipped: 3 }), '2 passed, 1 failed, 3 skipped')
})

test('a file is counted by what its tests did', async () => {
  const { count } = await run(
    "test('a', () => {}); test('b', () => { throw new Error('x') }); test.skip('c'); test.run()",
  )
  assert.equal(count, { passed: 1, failed: 1, skipped: 1 })
})

test('a `before` that throws, which uvu forgives, fails every test of its suite', async () => {
  const { count } = await run(
    "test.before(() => { throw new Error('x') }); test('a', () => {}); test('b', () => {}); test.run()",
  )
  assert.equal(count, { passed: 0, failed: 2, skipped: 0 })
})

test('a file that can’t be loaded is one failure, with its output', async () => {
  const { count, output } = await run("import './nowhere.mjs'")
  assert.equal(count, { passed: 0, failed: 1, skipped: 0 })
  assert.match(output, 'ERR_MODULE_NOT_FOUND')
})

test('a file that hangs is killed at its limit, with what it started', async () => {
  const { count, output } = await run(
    `import { spawn } from 'node:child_process'
     const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' })
     console.log('child', child.pid)
     test('a', () => new Promise((resolve) => setTimeout(resolve, 60000))); test.run()`,
    { limits: { fileMs: 1_500, leaveMs: 1_000 } },
  )
  assert.is(count.failed, 1)
  assert.match(output, 'did not end within 1.5 s')
  const child = Number(/child (\d+)/.exec(output)?.[1])
  await until('the end of the child', () => identify(child) === undefined)
})

test('a file that does not exit after its summary fails, though its tests passed', async () => {
  const { count, output } = await run("test('a', () => {}); test.run(); setInterval(() => {}, 1000)", {
    limits: { fileMs: 20_000, leaveMs: 200 },
  })
  assert.equal(count, { passed: 1, failed: 1, skipped: 0 })
  assert.match(output, 'open handle')
})

test('an interrupted file ends at once', async () => {
  const interrupted = new AbortController()
  const ended = run(
    "test('a', () => new Promise(() => setInterval(() => {}, 1000))); test.run()",
    {},
    interrupted.signal,
  )
  interrupted.abort()
  assert.is((await ended).count.failed, 1)
})

test.run()
