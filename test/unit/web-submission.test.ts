/** What is posted, and the command that posts the same. */
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jobSubmission } from '../../core/job.ts'
import { curlOf, noOptions, refill, submissionOf } from '../../web/console/post/submission.ts'
import { jsonText } from '../../web/kit/json-text.ts'
import { toLocal } from '../../web/kit/local-time.ts'

const test = suite('web submission')

test('what is not given is left out', () => {
  assert.equal(submissionOf('noop', undefined, noOptions), { type: 'noop' })
  assert.equal(submissionOf('noop', null, { ...noOptions, delayMs: 5, runAt: '2026-11-22T10:00' }), {
    type: 'noop',
    payload: null,
  })
})

test('the API takes what is posted, all options given', () => {
  const options = {
    ...noOptions,
    key: 'a',
    priority: 'high',
    maxAttempts: 3,
    timeoutMs: 1_000,
    backoffMs: 0,
    maxBackoffMs: 60_000,
  } as const
  for (const when of ['now', 'delay', 'at'] as const) {
    const body = submissionOf(
      'sleep',
      { ms: 1 },
      { ...options, when, delayMs: 500, runAt: '2026-11-22T10:00:05' },
    )
    const parsed = jobSubmission.safeParse(body)
    assert.ok(parsed.success, JSON.stringify(parsed.error?.issues))
    assert.equal(parsed.data, body)
  }
})

test('a time is the same there and back', () => {
  const local = toLocal('2026-11-22T10:00:05.000Z')
  const { runAt } = submissionOf('noop', undefined, { ...noOptions, when: 'at', runAt: local })
  assert.is(runAt, '2026-11-22T10:00:05.000Z')
})

test('a dead letter fills the form: payload and options, but not its time and its schedule', () => {
  const value = { payload: { ms: 1 }, maxAttempts: 2, runAt: '2026-11-22T10:00:05Z', schedule: { name: 'a' } }
  const { payload, options } = refill(value)
  assert.equal(payload, { ms: 1 })
  assert.equal(submissionOf('sleep', payload, { ...noOptions, ...options }), {
    type: 'sleep',
    payload: { ms: 1 },
    maxAttempts: 2,
  })
  assert.is(refill('no job').payload, undefined)
})

/** What a shell makes of a command: its last argument, and for a batch what comes in besides. */
const lastArgument = (command: string): string =>
  execFileSync('sh', ['-c', `curl() { for it; do last=$it; done; printf '%s' "$last"; }\n${command}`], {
    encoding: 'utf8',
  })

const awkward = { type: 'noop', payload: { text: `it's $HOME \`id\` \\ "quoted" !x\n€` } }

test('a shell reads the command’s body as it is', () => {
  const command = curlOf({ origin: 'http://127.0.0.1:8080', body: awkward, copies: 1, withToken: true })
  assert.equal(JSON.parse(lastArgument(command)), awkward)
  assert.match(command, '-H "authorization: Bearer $TOKEN"')
})

test('copies are lines of a batch', () => {
  const command = curlOf({ origin: 'http://host', body: awkward, copies: 3, withToken: false })
  const lines = execFileSync('sh', ['-c', `curl() { cat; }\n${command}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
  assert.is(lines.length, 3)
  for (const line of lines) assert.equal(JSON.parse(line), awkward)
})

test('a long body comes from a file', () => {
  const body = { type: 'noop', payload: 'x'.repeat(5_000) }
  const command = curlOf({ origin: 'http://host', body, copies: 1, withToken: false })
  assert.match(command, '--data-binary @job.json')
  assert.ok(command.length < 300)
})

test('JSON is read line by line, and is still the same value', () => {
  const value = {
    scores: Array.from({ length: 300 }, (_, it) => it / 7),
    points: [{ a: 1, b: [] }, { a: null }],
    empty: {},
    text: 'a\n"b"',
    flag: true,
  }
  const text = jsonText(value)
  assert.equal(JSON.parse(text), value)
  assert.ok(text.split('\n').every((line) => line.length <= 100))
  assert.ok(text.split('\n').length < 100, 'numbers stand side by side')
  assert.is(jsonText([1, 'a', null]), '[1, "a", null]')
  assert.is(jsonText({ sleptMs: 5 }), '{\n  "sleptMs": 5\n}')
  assert.is(jsonText([{ row: 7, score: 0.5 }, {}]), '[\n  { "row": 7, "score": 0.5 },\n  {}\n]')
  assert.is(jsonText(undefined), '')
})

test.run()
