import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { followLines, loggedError, newsOnly, summarize } from '../../local/log-lines.ts'
import { until } from '../until.ts'

const line = (level: string, msg: string, err?: string): string =>
  JSON.stringify({ level, node: 'worker-1', msg, ...(err === undefined ? {} : { err: { message: err } }) })

const test = suite('local log lines')

test('only errors are errors, and each fits on one line', () => {
  assert.is(loggedError(line('warn', 'slow')), undefined)
  assert.is(loggedError('{"level":"error"'), undefined)
  assert.is(loggedError('text'), undefined)
  assert.equal(loggedError(line('error', 'no', 'a\nb')), { node: 'worker-1', text: 'no: a b' })
  assert.equal(loggedError(line('fatal', 'x: same', 'same'))?.text, 'x: same')
  assert.is(loggedError(line('error', 'y'.repeat(5_000)))?.text.length, 200)
})

test('a failure is told by the last error, else by the last lines without their stack', () => {
  assert.is(
    summarize(`${line('error', 'first')}\n${line('fatal', 'last')}\n${line('info', 'bye')}\n`),
    'last',
  )
  assert.is(summarize('configuration: PORT: wrong\n    at file.ts:3\n\n'), 'configuration: PORT: wrong')
  assert.is(summarize('\n'), 'it said nothing')
})

test('the same error is told once in a while only, whichever process says it', () => {
  let now = 0
  const told: string[] = []
  const hear = newsOnly(
    ({ text }) => told.push(text),
    1_000,
    () => now,
  )
  for (const at of [0, 500, 999, 1_000, 1_500]) {
    now = at
    hear(line('error', 'broker away'))
  }
  hear(line('error', 'other'))
  assert.equal(told, ['broker away', 'broker away', 'other'])
})

test('lines are followed as they are appended, in whole, over rotation, to the very end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'follow-'))
  const file = join(folder, 'x.log')
  const lines: string[] = []
  const stop = followLines(file, (text) => lines.push(text), 5)
  writeFileSync(file, 'one\ntw')
  await until('one', () => lines.length === 1)
  appendFileSync(file, 'ö\n'.slice(0, 1))
  appendFileSync(file, '\nthree\n')
  await until('three', () => lines.length === 3)
  writeFileSync(file, 'new\n')
  await until('new', () => lines.length === 4)
  appendFileSync(file, 'last\n')
  stop()
  assert.equal(lines, ['one', 'twö', 'three', 'new', 'last'])
  rmSync(folder, { recursive: true })
})

test.run()
