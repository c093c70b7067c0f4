/** Uploading data sets in every form, reading them back, and what becomes of an upload that is wrong or cut off. */
import { request as httpRequest } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectProblem } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
const test = suite('data sets')

setUp(test, async () => {
  platform = await startPlatform('datasets', {
    DATA_SET_BYTES: '3000000',
    API_TOKENS: 'uploader=submit,readonly=read,everything=submit+read+operate',
    HOST: '127.0.0.1',
  })
  master = await platform.master()
})
test.after(() => platform?.stop())

interface DataSetView {
  readonly id: string
  readonly name: string
  readonly series: number
  readonly points: number
  readonly createdAt: string
  readonly expiresAt: string
}

const all = { authorization: 'Bearer everything' }
const ask = (path: string, method = 'GET', token = 'everything'): Promise<Answer> =>
  call(`${master.url}/api/data-sets${path}`, { method, headers: { authorization: `Bearer ${token}` } })
const upload = (type: string, raw: string | Uint8Array, name = 'a set'): Promise<Answer> =>
  call(`${master.url}/api/data-sets?name=${encodeURIComponent(name)}`, {
    raw,
    headers: { ...all, 'content-type': type },
  })
const uploaded = async (type: string, raw: string | Uint8Array, name?: string): Promise<DataSetView> => {
  const answer = await upload(type, raw, name)
  assert.is(answer.status, 201, answer.text)
  const set = answer.body as DataSetView
  assert.is(answer.headers.get('location'), `/api/data-sets/${set.id}`)
  return set
}
const pointsOf = async (id: string, series: string, query = ''): Promise<Record<string, unknown>> => {
  const answer = await ask(`/${id}/series/${encodeURIComponent(series)}${query}`)
  assert.is(answer.status, 200, answer.text)
  return answer.body as Record<string, unknown>
}
const left = async (): Promise<number[]> => {
  const count = (table: string) => platform.sql<{ count: number }>(`select count(*)::int from ${table}`)
  const counts = await Promise.all(['data_sets', 'data_set_series', 'data_set_pieces'].map(count))
  return counts.map(([row]) => row?.count ?? -1)
}

const AT = Date.UTC(2026, 0, 1)
const row = (n: number): string => new Date(AT + 1_000 * n).toISOString()

test('a CSV file of many columns is as many series, which are read back as they were, page by page', async () => {
  const rows = Array.from({ length: 3_000 }, (_, n) => `${row(n)},${n},${n === 5 ? '' : -n / 8}`)
  const set = await uploaded('text/csv', `timestamp,up,down\n${rows.join('\n')}\n`, 'ups & downs')
  assert.equal([set.name, set.series, set.points], ['ups & downs', 2, 6_000])
  const days = (Date.parse(set.expiresAt) - Date.parse(set.createdAt)) / 86_400_000
  assert.ok(Math.abs(days - 30) < 0.01, `kept for ${days} days`)
  assert.equal((await ask(`/${set.id}`)).body, set)
  const list = (await ask(`/${set.id}/series`)).body as { series: object[] }
  assert.equal(list.series[1], {
    name: 'down',
    number: 1,
    points: 3_000,
    startsAt: row(0),
    endsAt: row(2_999),
  })
  const first = await pointsOf(set.id, 'down', '?limit=2999')
  assert.is(first['next'], 2_999)
  const values = first['values'] as (number | null)[]
  assert.equal([values.length, values[4], values[5], values[2_998]], [2_999, -0.5, null, -2_998 / 8])
  const last = await pointsOf(set.id, 'down', '?from=2999')
  assert.equal(
    [last['values'], last['timestamps'], last['next']],
    [[-2_999 / 8], [AT + 2_999_000], undefined],
  )
})

test('long CSV, NDJSON and files by multipart give the same series', async () => {
  const points = Array.from({ length: 50 }, (_, n) => ({ at: row(n), a: n, b: n * n }))
  const long = points.flatMap(({ at, a, b }) => [`${at},a,${a}`, `${at},b,${b}`])
  const lines = points.map(({ at, a }) => ({ series: 'a', timestamp: at, value: a }))
  const whole = { series: 'b', timestamps: points.map(({ at }) => at), values: points.map(({ b }) => b) }
  const form = new FormData()
  for (const name of ['a', 'b'] as const) {
    const text = `time,reading\n${points.map((it) => `${it.at},${it[name]}`).join('\n')}`
    form.append('files', new Blob([text], { type: 'text/csv' }), `${name}.csv`)
  }
  const encoded = new Request('http://x', { method: 'POST', body: form })
  const sets = [
    await uploaded('text/csv', `timestamp,series,value\n${long.join('\n')}`),
    await uploaded('application/x-ndjson', [...lines, whole].map((it) => `${JSON.stringify(it)}\n`).join('')),
    await uploaded(encoded.headers.get('content-type') ?? '', new Uint8Array(await encoded.arrayBuffer())),
  ]
  for (const { id, series, points: count } of sets) {
    assert.equal([series, count], [2, 100])
    for (const name of ['a', 'b'] as const) {
      const read = await pointsOf(id, name)
      assert.equal(
        read['values'],
        points.map((it) => it[name]),
      )
      assert.equal(
        read['timestamps'],
        points.map(({ at }) => Date.parse(at)),
      )
    }
  }
  const page = (await ask('?limit=2')).body as { dataSets: DataSetView[]; next: string }
  assert.equal(
    page.dataSets.map(({ id }) => id),
    [sets[2]?.id, sets[1]?.id],
    'newest first',
  )
  const next = (await ask(`?limit=2&after=${page.next}`)).body as { dataSets: DataSetView[] }
  assert.is(next.dataSets[0]?.id, sets[0]?.id)
})

test('a data set that is deleted is gone with its points', async () => {
  const before = await left()
  const { id } = await uploaded('text/csv', 'a,b\n1,2\n3,4\n')
  assert.is((await ask(`/${id}`, 'DELETE')).status, 204)
  assert.equal(await left(), before)
  expectProblem(await ask(`/${id}`), 404, 'NOT_FOUND')
  expectProblem(await ask(`/${id}`, 'DELETE'), 404, 'NOT_FOUND')
  expectProblem(await ask(`/${id}/series`), 404, 'NOT_FOUND')
  expectProblem(await ask(`/${id}/series/a`), 404, 'NOT_FOUND')
})

test('what is wrong is told by file, line and column, and leaves nothing', async () => {
  const before = await left()
  const form = new FormData()
  form.append('files', new Blob(['time,v\n2026-01-01T00:00:00Z,1\n']), 'good.csv')
  form.append('files', new Blob(['time,v\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:01Z,one\n']), 'bad.csv')
  const encoded = new Request('http://x', { method: 'POST', body: form })
  const type = encoded.headers.get('content-type') ?? ''
  const bytes = new Uint8Array(await encoded.arrayBuffer())
  const many = await upload(type, bytes)
  assert.is(
    expectProblem(many, 422, 'REQUEST_INVALID').detail,
    'bad.csv: line 3, column "v": "one" is no finite number',
  )
  expectProblem(await upload(type, bytes.subarray(0, bytes.length - 60)), 422, 'REQUEST_INVALID')
  const rows = Array.from({ length: 50_000 }, (_, n) => `${row(n)},1`)
  const late = await upload('text/csv', `timestamp,a\n${rows.join('\n')}\nnever,1\n`)
  assert.match(
    expectProblem(late, 422).detail,
    /^the body: line 50002, column "timestamp": "never" is no time$/,
  )
  const line = await upload('application/x-ndjson', '{"series":"a","value":1}\n{"series":"a","value":true}\n')
  assert.match(expectProblem(line, 422).detail, /^line 2, \/value: must be a finite number/)
  expectProblem(await upload('application/json', '{}'), 415, 'UNSUPPORTED_MEDIA_TYPE')
  expectProblem(await upload('text/csv', 'a\n1\n', ' '), 422, 'REQUEST_INVALID')
  assert.equal(await left(), before)
})

test('more than the limit is refused, be its length told or not', async () => {
  const before = await left()
  const large = `a\n${'123456789\n'.repeat(400_000)}`
  const told = await upload('text/csv', large)
  assert.match(expectProblem(told, 413, 'PAYLOAD_TOO_LARGE').detail, /3,000,000 bytes/)
  const stream = new Blob([large]).stream()
  const response = await fetch(`${master.url}/api/data-sets?name=x`, {
    method: 'POST',
    headers: { ...all, 'content-type': 'text/csv' },
    body: stream,
    duplex: 'half',
  } as RequestInit)
  assert.is(response.status, 413, await response.text())
  assert.equal(await left(), before)
})

test('an upload that is cut off leaves nothing', async () => {
  const before = await left()
  const sending = httpRequest(`${master.url}/api/data-sets?name=cut`, {
    method: 'POST',
    headers: { ...all, 'content-type': 'text/csv' },
  })
  sending.on('error', () => {})
  sending.write('a,b\n')
  sending.write('1,2\n'.repeat(300_000))
  await until('it has begun', async () => (await left())[0] !== before[0])
  assert.is(
    ((await ask('')).body as { dataSets: DataSetView[] }).dataSets.some(({ name }) => name === 'cut'),
    false,
  )
  await until('pieces are written', async () => (await left())[2] !== before[2])
  sending.destroy()
  await until('nothing is left', async () => JSON.stringify(await left()) === JSON.stringify(before))
})

test('to upload and delete takes the role submit, to read takes read', async () => {
  const send = (token: string): Promise<Answer> =>
    call(`${master.url}/api/data-sets?name=x`, {
      raw: 'a\n1\n',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    })
  expectProblem(await send('readonly'), 403, 'FORBIDDEN')
  const answer = await send('uploader')
  assert.is(answer.status, 201)
  const { id } = answer.body as DataSetView
  assert.is((await ask(`/${id}`, 'GET', 'readonly')).status, 200)
  expectProblem(await ask(`/${id}`, 'GET', 'uploader'), 403, 'FORBIDDEN')
  expectProblem(await ask(`/${id}`, 'DELETE', 'readonly'), 403, 'FORBIDDEN')
  assert.is((await ask(`/${id}`, 'DELETE', 'uploader')).status, 204)
})

test.run()
