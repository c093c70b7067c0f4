import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectProblem, pointers } from '../support/api.ts'
import { type SeriesClient, type SeriesView, seriesClient, wave } from '../support/feed.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { until } from '../until.ts'

const API_TOKENS = 'aaaaaaaa=submit,bbbbbbbb=read,cccccccc=submit+read+operate'

let platform: Platform
let url: string
let series: SeriesClient
let receiver: Receiver
const test = suite('standing series over the API')

setUp(test, async () => {
  receiver = await openReceiver()
  platform = await startPlatform('watchapi', { API_TOKENS })
  const [master] = await Promise.all([platform.master(), platform.worker()])
  url = master.url
  const whole = seriesClient(url)
  const authorization = 'Bearer cccccccc'
  series = {
    ...whole,
    ask: (method, path, json, headers) => whole.ask(method, path, json, { authorization, ...headers }),
  }
})
test.after(async () => {
  await platform?.stop()
  await receiver.close()
})

interface Result {
  readonly firstRow: number
  readonly appended: number
  readonly skipped: { readonly late: number; readonly duplicate: number }
  readonly scores: readonly number[]
  readonly remarks: readonly string[]
}

const post = (name: string, points: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  series.ask('POST', `/${name}/points`, { points }, { prefer: 'wait=20', ...headers })
const resultOf = (answer: Answer): Result => {
  assert.is(answer.status, 200, answer.text)
  return (answer.body as { result: Result }).result
}
const viewOf = (answer: Answer, status = 200): SeriesView => {
  assert.is(answer.status, status, answer.text)
  return answer.body as SeriesView
}
const get = async (name: string): Promise<SeriesView> => viewOf(await series.ask('GET', `/${name}`))
const raw = (name: string, type: string, text: string): Promise<Answer> =>
  call(`${url}/api/series/${name}/points`, {
    raw: text,
    headers: { authorization: 'Bearer cccccccc', prefer: 'wait=20', 'content-type': type },
  })

test('a secret is made where none is given, and shown once; settings are put as a whole', async () => {
  const made = viewOf(
    await series.ask('PUT', '/settings', { threshold: 0.6, webhook: { url: receiver.url } }),
    201,
  )
  assert.match(made.webhook?.secret ?? '', /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.equal([made.detector, made.threshold], ['forecast', 0.6])
  assert.equal((await get('settings')).webhook, { url: receiver.url })
  const secretOf = async (): Promise<string | undefined> =>
    (await platform.sql<{ webhook_secret: string }>(`select webhook_secret from series`))[0]?.webhook_secret
  assert.is(await secretOf(), made.webhook?.secret)

  const moved = viewOf(await series.ask('PUT', '/settings', { webhook: { url: `${receiver.url}/2` } }))
  assert.equal([moved.threshold, moved.webhook], [0.5, { url: `${receiver.url}/2` }])
  assert.is(await secretOf(), made.webhook?.secret, 'it stays')
  const own = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
  viewOf(await series.ask('PUT', '/settings', { webhook: { url: receiver.url, secret: own } }))
  assert.is(await secretOf(), own)
  assert.is(viewOf(await series.ask('PUT', '/settings', {})).webhook, undefined)
})

test('wrong settings are refused, naming each place', async () => {
  const faulty = {
    threshold: 1,
    webhook: { url: 'ftp://example.org', secret: 'whsec_short' },
    other: 1,
  }
  const problem = expectProblem(await series.ask('PUT', '/x', faulty), 422)
  assert.equal(pointers(problem).sort(), ['/other', '/threshold', '/webhook/secret', '/webhook/url'])
  const unknown = expectProblem(await series.ask('PUT', '/x', { detector: 'sub-pca' }), 422)
  assert.equal(pointers(unknown), ['/detector'])
  assert.match(unknown.detail, 'forecast')
  expectProblem(await series.ask('PUT', `/${'x'.repeat(101)}`, {}), 422)
  const named = expectProblem(
    await series.ask('PUT', '/x', { webhook: { url: 'http://user:word@example.org' } }),
    422,
  )
  assert.equal(pointers(named), ['/webhook/url'])
  expectProblem(await series.ask('GET', '/x'), 404)
})

test('points that are none are refused before they are accepted', async () => {
  const wrong = async (points: unknown): Promise<string[]> =>
    pointers(expectProblem(await post('w', points), 422))
  assert.equal(await wrong([1, 'x', null, { timestamp: 1, value: 2 }]), ['/points/1', '/points/3'])
  assert.equal(await wrong([{ timestamp: 'today', value: 1 }]), ['/points/0/timestamp'])
  assert.equal(await wrong([{ timestamp: Date.now() * 1_000, value: 1 }]), ['/points/0/timestamp'])
  assert.equal(await wrong([]), ['/points'])
  assert.equal(await wrong(Array.from({ length: 1_001 }, () => 1)), ['/points'])
  expectProblem(await raw('w', 'text/plain', '1'), 415)
  assert.equal(pointers(expectProblem(await raw('w', 'application/json', ''), 422)), ['/points'])
  assert.equal(pointers(expectProblem(await raw('w', 'application/x-ndjson', '1\n{'), 422)), ['/1'])
  assert.equal(pointers(expectProblem(await raw('w', 'text/csv', 'value\n1\nx'), 422)), ['/2'])
  expectProblem(await series.ask('GET', '/w'), 404)
})

test('points come as JSON, NDJSON and CSV; a series that does not exist is made', async () => {
  const first = resultOf(await post('forms', [{ timestamp: '2026-01-01T00:00:00Z', value: 1 }]))
  assert.equal([first.firstRow, first.appended, first.scores.length], [0, 1, 1])
  const lines = '{"timestamp":"2026-01-01T00:01:00Z","value":2}\n\n{"timestamp":1767225720000,"value":null}\n'
  assert.is(resultOf(await raw('forms', 'application/x-ndjson', lines)).appended, 2)
  const rows = 'timestamp,value\r\n2026-01-01 00:03:00,4\r\n1767225840000,\r\n'
  assert.is(resultOf(await raw('forms', 'text/csv', rows)).appended, 2)
  const { body } = await series.ask('GET', '/forms/points')
  assert.equal(
    (body as { points: { at: string; value: number | null }[] }).points.map(({ at, value }) => [at, value]),
    [1, 2, null, 4, null].map((value, minute) => [`2026-01-01T00:0${minute}:00.000Z`, value]),
  )
  const known = await get('forms')
  assert.equal([known.points, known.alarms, known.lastAt], [5, 0, '2026-01-01T00:04:00.000Z'])
  const list = viewOf(await series.ask('GET', '?limit=1')) as unknown as {
    series: SeriesView[]
    next: string
  }
  assert.equal([list.series.length, list.next], [1, list.series[0]?.name])
})

test('late points and duplicates are left out and counted; times and no times don’t mix', async () => {
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
  resultOf(await post('late', [{ timestamp: at(10), value: 1 }]))
  const minutes = [9, 10, 11, 11, 10, 12]
  const result = resultOf(
    await post(
      'late',
      minutes.map((minute) => ({ timestamp: at(minute), value: minute })),
    ),
  )
  assert.equal([result.firstRow, result.appended, result.skipped], [1, 2, { late: 2, duplicate: 2 }])
  assert.is(result.remarks.length, 2)
  const none = resultOf(await post('late', [{ timestamp: at(1), value: 0 }]))
  assert.equal([none.appended, none.skipped, none.scores], [0, { late: 1, duplicate: 0 }, []])
  assert.is((await get('late')).points, 3)
  const mixed = await post('late', [5])
  assert.is(mixed.status, 200)
  const { status, error } = mixed.body as { status: string; error: { code: string; message: string } }
  assert.equal([status, error.code], ['dead', 'REQUEST_INVALID'])
  assert.match(error.message, 'must have timestamps')
})

test('a repeat with the same Idempotency-Key counts once', async () => {
  const headers = { 'idempotency-key': 'append-1' }
  const ids = await Promise.all(
    [1, 2, 3].map(async () => ((await post('once', [1, 2, 3], headers)).body as { id: string }).id),
  )
  assert.is(new Set(ids).size, 1)
  assert.is((await get('once')).points, 3)
  expectProblem(await post('once', [4], headers), 422, 'IDEMPOTENCY_MISMATCH')
})

test('roles: submit appends, read reads, operate configures', async () => {
  const as = (token: string, method: string, path: string, json?: unknown): Promise<Answer> =>
    series.ask(method, path, json, { authorization: `Bearer ${token}` })
  expectProblem(await as('bbbbbbbb', 'POST', '/once/points', { points: [1] }), 403)
  expectProblem(await as('aaaaaaaa', 'GET', '/once'), 403)
  expectProblem(await as('aaaaaaaa', 'PUT', '/once', {}), 403)
  expectProblem(await as('aaaaaaaa', 'DELETE', '/once'), 403)
  assert.is((await as('aaaaaaaa', 'POST', '/once/points', { points: [1] })).status, 202)
  assert.is((await as('bbbbbbbb', 'GET', '/once/alarms')).status, 200)
})

test('a receiver that answers 410 gets no more; its alarm is a dead letter, which is delivered when it is put again and replayed', async () => {
  viewOf(await series.ask('PUT', '/gone', { threshold: 0.65, webhook: { url: receiver.url } }), 201)
  receiver.replies.push(410)
  const before = receiver.received.length
  resultOf(await post('gone', wave(9, 320, [280])))
  const letter = await until('its job is dead', async () => {
    const rows = await platform.sql<{ id: string }>(`select id from dead_letters where type = 'webhook'`)
    return rows[0]
  })
  assert.match((await get('gone')).webhook?.disabled ?? '', '410')
  assert.is(receiver.received.length, before + 1)
  viewOf(await series.ask('PUT', '/gone', { threshold: 0.65, webhook: { url: receiver.url } }))
  const replay = await call(`${url}/api/jobs/${letter.id}/replay`, {
    method: 'POST',
    headers: { authorization: 'Bearer cccccccc' },
  })
  assert.is(replay.status, 202, replay.text)
  await until('it is delivered', () => receiver.received.length === before + 2)
  const [first, second] = receiver.received.slice(before)
  assert.is(second?.headers['webhook-id'], first?.headers['webhook-id'])
})

test('another detector goes on from the points that are kept', async () => {
  const points = wave(10, 300)
  resultOf(await post('changed', points.slice(0, 200)))
  const put = await series.ask('PUT', '/changed', { detector: 'relative-entropy' })
  assert.is(viewOf(put).detector, 'relative-entropy')
  assert.is(resultOf(await post('changed', points.slice(200))).firstRow, 200)
  assert.is((await get('changed')).points, 300)
})

test('a deleted series is gone with its points and alarms', async () => {
  resultOf(await post('doomed', [1, 2]))
  assert.is((await series.ask('DELETE', '/doomed')).status, 204)
  for (const path of ['/doomed', '/doomed/points', '/doomed/alarms', '/doomed/events'])
    expectProblem(await series.ask('GET', path), 404)
  expectProblem(await series.ask('DELETE', '/doomed'), 404)
  assert.equal(await platform.sql(`select from series_points where series = 'doomed'`), [])
})

test.run()
