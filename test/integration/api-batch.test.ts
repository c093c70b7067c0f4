import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, checkProblem } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess

const test = suite('batches')

setUp(test, async () => {
  platform = await startPlatform('batch', { PARTITIONS: '6' })
  // As the local fleet runs it. Without limits V8 keeps garbage for a long time, and that can't be told from growth.
  master = await platform.master({ NODE_OPTIONS: '--max-old-space-size=192 --max-semi-space-size=8' })
})
test.after(() => platform?.stop())

const idsInLog = async (): Promise<Set<string>> =>
  new Set((await readLog(platform, 'jobs')).map(({ headers }) => headers['id'] ?? ''))

/** Resident memory of the master, MB, as it says itself. */
const memory = async (): Promise<number> => {
  const { text } = await call(`${master.url}/metrics`)
  const bytes = /^anomgrd_process_resident_memory_bytes\S* (\S+)$/m.exec(text)?.[1]
  assert.ok(bytes, 'the metric is there')
  return Number(bytes) / 1e6
}

test('an empty batch has an empty answer', async () => {
  const { status, contentType, answers } = await sendBatch(master.url, [])
  assert.equal(
    { status, contentType, answers },
    { status: 202, contentType: 'application/x-ndjson', answers: [] },
  )
})

test('one bad line does not sink the others, and each says what is wrong with it', async () => {
  const lines = [
    '{"type":"noop"}',
    '{"type":"noop"',
    '{"type":"no.such.type"}',
    '{"type":"test.strict","payload":{"name":"x","size":{"width":101}}}',
    '{"type":"noop","priority":1}',
    'null',
    `{"type":"noop","payload":"${'x'.repeat(900_000)}"}`,
    '{"type":"test.echo","payload":"ü","key":"k","maxAttempts":1}',
  ]
  const { status, answers } = await sendBatch(master.url, [`${lines.join('\n')}\n`])
  assert.is(status, 202)
  assert.equal(
    answers.map(({ line }) => line),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  assert.equal(
    answers.map((answer) => answer.status),
    ['queued', 400, 422, 422, 422, 422, 413, 'queued'],
  )
  for (const answer of answers.slice(1, -1)) checkProblem(answer, Number(answer.status))
  assert.equal(
    answers.slice(2, 5).map(({ errors }) => errors?.[0]?.pointer),
    ['/type', '/payload/size/width', '/priority'],
  )
  const log = await readLog(platform, 'jobs')
  const last = log.find(({ headers }) => headers['id'] === answers[7]?.id)
  assert.is(last?.key, 'k')
  assert.equal(JSON.parse(last?.value ?? ''), { payload: 'ü', maxAttempts: 1 })
})

test('CRLF, blank lines, and a last line without its end are as NDJSON readers have them', async () => {
  const text = '{"type":"noop"}\r\n\r\n\n{"type":"noop","payload":"é"}\n   \n{"type":"noop"}'
  const { answers } = await sendBatch(master.url, [text])
  const jobs = answers.filter(({ status }) => status === 'queued')
  assert.equal(
    jobs.map(({ line }) => line),
    [1, 4, 6],
  )
})

test('lines may be cut anywhere, in the middle of a character too', async () => {
  const bytes = Buffer.from(ndjson([{ type: 'test.echo', payload: 'ü😀' }, { type: 'noop' }]))
  const { answers } = await sendBatch(
    master.url,
    [...bytes].map((byte) => Uint8Array.of(byte)),
  )
  assert.is(answers.length, 2)
  const log = await readLog(platform, 'jobs')
  const { value } = log.find(({ headers }) => headers['id'] === answers[0]?.id) ?? {}
  assert.equal(JSON.parse(value ?? ''), { payload: 'ü😀' })
})

for (const [what, end] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['the end of the body', ''],
] as const) {
  test(`a line of exactly 900,000 bytes before ${what} is accepted, one more is not`, async () => {
    const frame = JSON.stringify({ type: 'noop', payload: '' }).length
    const line = (bytes: number): string =>
      JSON.stringify({ type: 'noop', payload: 'x'.repeat(bytes - frame) })
    const fits = await sendBatch(master.url, [`{"type":"noop"}\n${line(900_000)}${end}`])
    assert.equal(
      fits.answers.map(({ status }) => status),
      ['queued', 'queued'],
    )
    const long = await sendBatch(master.url, [`${line(900_001)}${end || '\n'}{"type":"noop"}`])
    assert.equal(
      long.answers.map(({ status }) => status),
      [413, 'queued'],
    )
  })
}

test('20,000 lines are answered in order, and each answer’s job is in the log', async () => {
  const submissions = Array.from({ length: 20_000 }, (_, n) => ({
    type: 'noop',
    payload: n,
    ...(n % 2 ? { key: `k${n % 20}` } : {}),
  }))
  const { answers } = await sendBatch(master.url, [ndjson(submissions)])
  assert.is(answers.length, 20_000)
  assert.ok(
    answers.every(({ line, status }, index) => line === index + 1 && status === 'queued'),
    'every line is answered at its place',
  )
  const log = new Map((await readLog(platform, 'jobs', 30_000)).map((it) => [it.headers['id'], it]))
  const wrong = answers.filter(
    ({ id, line }) => JSON.parse(log.get(id ?? '')?.value ?? 'null')?.payload !== line - 1,
  )
  assert.is(wrong.length, 0)
  const offsets = new Map<string, number>()
  for (const { id } of answers) {
    const { key, offset } = log.get(id ?? '') ?? {}
    if (key === undefined || offset === undefined) continue
    assert.ok(offset > (offsets.get(key) ?? -1), `the jobs of ${key} lie in the order of their lines`)
    offsets.set(key, offset)
  }
  assert.is(offsets.size, 10)
})

test('memory stays flat over 60,000 lines of 300 bytes', async () => {
  const line = `${JSON.stringify({ type: 'noop', payload: 'x'.repeat(272) })}\n`
  assert.is(Buffer.byteLength(line), 301)
  const piece = line.repeat(500)
  const pieces = function* (count: number) {
    for (let n = 0; n < count; n++) yield piece
  }
  // The first ones fill what keeps the newest 20,000 jobs, and V8's heap.
  await sendBatch(master.url, pieces(120))
  const before = await memory()
  let peak = before
  let asking: Promise<void> | undefined
  const { answers } = await sendBatch(master.url, pieces(120), {
    onAnswer: ({ line: at }) => {
      if (at % 5_000 !== 0) return
      asking ??= memory().then((now) => {
        peak = Math.max(peak, now)
        asking = undefined
      })
    },
  })
  await asking
  const after = await memory()
  assert.is(answers.filter(({ status }) => status === 'queued').length, 60_000)
  const said = `${before.toFixed()} MB before, ${peak.toFixed()} at most, ${after.toFixed()} after`
  assert.ok(Math.max(peak, after) - before < 64, said)
  // The memory limit of the master's pod: 512 Mi.
  assert.ok(Math.max(peak, after) < 536, said)
})

test('what was answered before the client went away is in the log, and the server serves on', async () => {
  const line = `${JSON.stringify({ type: 'noop', payload: 'gone' })}\n`
  const pieces = function* () {
    for (;;) yield line.repeat(100)
  }
  const { answers } = await sendBatch(master.url, pieces(), {
    onAnswer: ({ line: at }, request) => {
      if (at === 3_000) request.destroy()
    },
  })
  assert.ok(answers.length >= 3_000, `${answers.length} answers`)
  const ids = await idsInLog()
  assert.is(answers.filter(({ id }) => !ids.has(id ?? '')).length, 0)
  const next = await sendBatch(master.url, [ndjson([{ type: 'noop' }])])
  assert.is(next.answers[0]?.status, 'queued')
  assert.is(master.hasEnded, false)
  assert.not.match(master.output(), /"level":"(error|fatal)"/)
})

test.run()
