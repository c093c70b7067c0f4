/** A plain submission does not pass express: its answer is to be the one that it would get there. */
import { request } from 'node:http'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'

const test = suite('Plain submissions')
let platform: Platform | undefined
const masters = { open: '', closed: '' }
setUp(test, async () => {
  platform = await startPlatform('hot')
  const [open, closed] = await Promise.all([
    platform.master(),
    platform.master({ API_TOKENS: 'submitter=submit,the-reader=read' }),
  ])
  masters.open = open.url
  masters.closed = closed.url
})
test.after(async () => platform?.stop())

interface Sent {
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** What an answer says, without what no two answers share. */
const ask = (url: string, { body, headers = {} }: Sent) =>
  new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: unknown }>(
    (resolve, reject) => {
      const outgoing = request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      })
      outgoing.on('error', reject)
      outgoing.on('response', async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('')
        const { id, submittedAt, ...rest } = JSON.parse(text) as Record<string, unknown>
        const { date: _date, location, ...others } = response.headers
        assert.is(location, id === undefined ? undefined : `/api/jobs/${id}`)
        assert.is(typeof submittedAt, response.statusCode === 202 ? 'string' : 'undefined')
        resolve({ status: response.statusCode, headers: others, body: rest })
      })
      outgoing.end(body)
    },
  )

/** The same request in both ways: a query, which means nothing here, is not plain. */
const both = async (sent: Sent, master = masters.open): Promise<number | undefined> => {
  const [hot, express] = await Promise.all([
    ask(`${master}/api/jobs`, sent),
    ask(`${master}/api/jobs?plain=no`, sent),
  ])
  assert.equal(hot, express, `${JSON.stringify(sent.headers ?? {})} ${String(sent.body).slice(0, 200)}`)
  return hot.status
}

const noop = (more: object = {}): string => JSON.stringify({ type: 'noop', ...more })

test('are answered as others are: jobs that are taken', async () => {
  for (const body of [
    noop(),
    noop({ payload: null }),
    noop({
      payload: { text: 'größer 🎉' },
      key: 'schlüssel',
      priority: 'high',
      maxAttempts: 3,
      timeoutMs: 5,
    }),
    noop({ delayMs: 60_000 }),
    noop({ payload: 'x'.repeat(300_000) }),
    `\ufeff${noop()}`,
    `  ${noop({ payload: [1e300, -0, 12345678901234567890n.toString()] })}\r\n`,
    '{"type":"noop","payload":{"__proto__":{"a":1},"a":2,"a":3,"n":123456789012345678901234567890}}',
  ])
    assert.is(await both({ body }), 202, body.slice(0, 100))
})

test('are answered as others are: what is refused', async () => {
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`field${n}`, n])))
  for (const [status, body] of [
    [400, '{"type":'],
    [400, 'no JSON'],
    [400, ' '],
    [400, '{"type":"noop"} {"type":"noop"}'],
    [422, 'null'],
    [422, '[]'],
    [422, '"text"'],
    [422, '{}'],
    [422, many],
    [422, noop({ key: '' })],
    [422, noop({ key: 'a\u0000b' })],
    [422, noop({ key: 'k'.repeat(513) })],
    [422, noop({ unknown: 1, maxAttempts: 0, priority: 'urgent' })],
    [422, noop({ delayMs: 5, runAt: '2030-01-01T00:00:00Z' })],
    [422, '{"type":"noop","__proto__":{"key":"k"}}'],
    [422, '{"type":"none"}'],
    [422, '{"type":"sleep","payload":{"ms":"long"}}'],
    [413, noop({ payload: 'x'.repeat(899_990) })],
    [413, noop({ payload: 'x'.repeat(900_000) })],
  ] as const)
    assert.is(await both({ body }), status, body.slice(0, 100))
  const invalid = Buffer.concat([
    Buffer.from('{"type":"noop","payload":"'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('"}'),
  ])
  assert.is(await both({ body: invalid }), 202, 'what is no UTF-8 is read as others read it')
})

test('are answered as others are: whatever their headers', async () => {
  const body = noop()
  for (const [status, headers] of [
    [415, { 'content-type': 'text/plain' }],
    [415, { 'content-type': '' }],
    [202, { 'content-type': 'application/json; charset=utf-8' }],
    [202, { 'content-type': 'application/vnd.api+json' }],
    [202, { 'content-type': 'Application/JSON' }],
    [415, { 'content-type': 'application/json; charset=latin1' }],
    [415, { 'content-encoding': 'none-of-them' }],
    [202, { 'content-encoding': 'identity' }],
    [202, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
    [202, { traceparent: 'wrong' }],
    [202, { origin: 'http://elsewhere.example', accept: 'text/html', authorization: 'Basic eDp5' }],
    [202, { connection: 'close' }],
    [202, { prefer: 'respond-async' }],
  ] as const)
    assert.is(await both({ body, headers }), status, JSON.stringify(headers))
  assert.is(await both({ body: '' }), 422, 'no body')
})

test('are answered as others are: whoever sends them', async () => {
  for (const [status, headers] of [
    [401, {}],
    [401, { authorization: 'Bearer unknown' }],
    [401, { authorization: 'Basic eDp5' }],
    [403, { authorization: 'Bearer the-reader' }],
    [202, { authorization: 'Bearer submitter' }],
  ] as const)
    for (const body of [noop(), noop({ payload: 'x'.repeat(100_000) })])
      assert.is(await both({ body, headers }, masters.closed), status, JSON.stringify(headers))
  const refused = { body: 'no JSON', headers: { authorization: 'Bearer the-reader' } }
  assert.is(await both(refused, masters.closed), 403, 'before the body is looked at')
})

test('are answered as others are: any JSON', async () => {
  const field = fc.oneof(
    fc.constantFrom(
      'noop',
      'sleep',
      'none',
      '',
      5,
      -1,
      0,
      1.5,
      null,
      '2030-01-01T00:00:00Z',
      '2000-13-01',
      'low',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const names = [
    'type',
    'payload',
    'key',
    'priority',
    'maxAttempts',
    'timeoutMs',
    'backoffMs',
    'runAt',
    'delayMs',
  ]
  const body = fc.oneof(
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...names), field).map((it) => noop(it)) },
    fc.json(),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      if (text !== '') await both({ body: text })
    }),
    { numRuns: 150 },
  )
})

test.run()
