/** What an attempt tells of itself: bounded whatever it is, nothing lost on the way, never in the way. */
import { mock } from 'node:test'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AttemptNotes, type NotesUpdate } from '../../consumer/attempt-notes.ts'
import { heartbeatRunning, jobsEvents } from '../../consumer/job-events.ts'
import { sentNotes } from '../../consumer/thread-notes.ts'
import { AttemptLog, boundLogs } from '../../core/attempt-log.ts'
import type { JobStarted } from '../../core/events/event.ts'
import { type Attempt, attempt as attemptSchema } from '../../core/job.ts'

const test = suite('attempt notes')

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 1_000 }),
  fc.string({ unit: fc.constantFrom('\0', '\ud800', '\udc00', 'a', '\u0001', '😀'), maxLength: 1_000 }),
)
/** What handlers may pass, written in JavaScript. */
const call = fc.oneof(
  fc.record({
    fraction: fc.oneof(fc.double(), fc.anything()),
    text: fc.option(fc.oneof(anyText, fc.anything()), { nil: undefined }),
  }),
  fc.record({ line: fc.oneof(anyText, fc.anything({ withNullPrototype: true })) }),
)
const make = (notes: AttemptNotes, it: { fraction: unknown; text?: unknown } | { line: unknown }): void => {
  if ('line' in it) notes.log(it.line as string)
  else notes.progress(it.fraction as number, it.text as string | undefined)
}

test('whatever is told is storable and within the bounds, and the last of it is what is kept', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 150 }), (calls) => {
      const notes = new AttemptNotes()
      for (const it of calls) make(notes, it)
      const told = notes.told()
      const text = JSON.stringify(told)
      assert.not.match(text, /\\u0000|\\ud[89a-f]/i)
      const record = { attempt: 1, startedAt: new Date().toISOString(), worker: 'w', ...told }
      assert.ok(attemptSchema.safeParse(record).success, text)
      const lines = calls.filter((it) => 'line' in it).length
      const { log = [], logDropped = 0, progress } = told
      assert.is(log.length + logDropped, lines)
      assert.ok(log.length <= 100 && log.every((it) => it.text.length <= 500))
      assert.ok(Buffer.byteLength(JSON.stringify(log)) <= 16_000 + 2)
      assert.ok((progress?.text?.length ?? 0) <= 200)
      if (calls.length === 0) assert.is(text, '{}', 'an attempt that tells nothing has nothing to store')
    }),
    { numRuns: 200 },
  )
})

test('a fraction is kept between 0 and 1; NaN is no fraction', () => {
  const notes = new AttemptNotes()
  const after = (fraction: number): number | undefined => {
    notes.progress(fraction)
    return notes.lastProgress?.fraction
  }
  assert.equal([-1, 0.4, Number.NaN, 7, Number.POSITIVE_INFINITY].map(after), [0, 0.4, 0.4, 1, 1])
})

test('taken bit by bit, merged and told twice it is the same', () => {
  const step = fc.oneof(call, fc.constantFrom('take' as const, 'again' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const notes = new AttemptNotes()
      const copy = new AttemptNotes()
      let last: NotesUpdate | undefined
      for (const it of steps) {
        if (it === 'again') {
          // Only lines may come late: of progress the last word counts.
          if (last?.log) copy.merge({ log: last.log, logged: last.logged ?? 0 })
        } else if (it === 'take') {
          last = notes.take() ?? last
          if (last) copy.merge(last)
        } else make(notes, it)
      }
      const rest = notes.take()
      if (rest) copy.merge(rest)
      assert.equal(copy.told(), notes.told())
      assert.is(notes.take(), undefined)
    }),
    { numRuns: 200 },
  )
})

test('a million calls cost less than a second, and none after the end counts', () => {
  const notes = new AttemptNotes()
  const since = performance.now()
  for (let n = 0; n < 1e6; n++) notes.progress(n / 1e6, 'at it')
  const took = performance.now() - since
  assert.ok(took < 1_000, `${took} ms`)
  notes.end()
  notes.progress(0)
  notes.log('late')
  notes.merge({ progress: { fraction: 0 } })
  assert.equal(notes.told(), { progress: { fraction: 999_999 / 1e6, text: 'at it' } })
})

test('a thread sends what comes first at once, then so much a second, and the rest with a timer', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let clock = 0
    const sent: NotesUpdate[] = []
    const { notes, end } = sentNotes(
      (update) => sent.push(update),
      () => clock,
    )
    for (let n = 0; n < 1_000; n++) notes.progress(n / 1_000)
    assert.is(sent.length, 20)
    assert.is(sent.at(-1)?.progress?.fraction, 0.019)
    mock.timers.tick(100)
    assert.equal([sent.length, sent.at(-1)?.progress?.fraction], [21, 0.999])
    // One that computes leaves no time for timers: its next call goes.
    clock = 1_000
    notes.log('a second later')
    assert.is(sent.at(-1)?.log?.[0]?.text, 'a second later')
    for (; clock < 11_000; clock++) for (let n = 0; n < 10; n++) notes.log(`${clock}`)
    assert.ok(sent.length <= 22 + 20 + 200, `${sent.length}`)
    end()
    const before = sent.length
    mock.timers.tick(1_000)
    notes.log('late')
    assert.is(sent.length, before)
    assert.equal(notes.whole()?.log?.at(-1)?.text, '10999')
  } finally {
    mock.timers.reset()
  }
})

const attempts = (count: number, line: string, lines: number): Attempt[] =>
  Array.from({ length: count }, (_, n) => {
    const log = new AttemptLog()
    for (let at = 0; at < lines; at++) log.add({ at: new Date(0).toISOString(), text: line })
    return { attempt: n + 1, startedAt: new Date(0).toISOString(), worker: 'w', ...log.told() }
  })

test('the logs of a job’s attempts are bounded together, the last attempts keep theirs', () => {
  const all = attempts(100, 'x'.repeat(500), 50)
  boundLogs(all)
  assert.ok(Buffer.byteLength(JSON.stringify(all)) < 64_000 + 100 * 200)
  assert.equal(
    all.slice(-4).map(({ log }) => log?.length),
    [29, 29, 29, 29],
  )
  assert.equal([all[0]?.log, all[0]?.logDropped], [undefined, 50])
})

test('events are of a size that Kafka takes, and nothing is left out of them', () => {
  const entry = fc.record({
    what: fc.constantFrom('started' as const, 'ended' as const, 'progress' as const),
    size: fc.constantFrom(0, 1_000, 60_000),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const news = { started: [], ended: [], progress: [] } as Parameters<typeof jobsEvents>[2]
      for (const [n, { what, size }] of entries.entries()) {
        const about = { id: `${n}`, type: 't', at: 0 }
        const text = '\u0001'.repeat(size / 6)
        if (what === 'started') news.started.push({ ...about, key: text.slice(0, 512), attempt: 1 })
        else if (what === 'ended') {
          news.ended.push({ ...about, status: 'failed', error: { code: 'E', message: text } })
        } else {
          news.progress.push({ id: `${n}`, attempt: 1, at: 0, log: [{ at: '', text }], logged: 1 })
        }
      }
      const events = jobsEvents('w', 0, news)
      for (const event of events) assert.ok(Buffer.byteLength(JSON.stringify(event)) < 300_000)
      assert.equal(
        events.flatMap((event) => event.started),
        news.started,
      )
      assert.equal(
        events.flatMap((event) => event.ended),
        news.ended,
      )
      assert.equal(
        events.flatMap((event) => event.progress),
        news.progress,
      )
      assert.is(events.length === 0, entries.length === 0)
    }),
  )
})

test('a heartbeat names all that runs, whatever their attempts hold', () => {
  const [, ...before] = attempts(11, '', 0).map((it) => ({
    ...it,
    error: { code: 'E', message: 'x'.repeat(500) },
  }))
  const running = Array.from(
    { length: 1_000 },
    (_, n): JobStarted => ({ id: `${n}`, type: 't', attempt: 12, at: 0, attempts: before }),
  )
  const told = heartbeatRunning(running)
  assert.equal(
    told.map(({ id }) => id),
    running.map(({ id }) => id),
  )
  assert.ok(Buffer.byteLength(JSON.stringify(told)) < 400_000)
  assert.ok(told[0]?.attempts && !told[999]?.attempts)
})

test.run()
