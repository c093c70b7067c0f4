import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectJob, expectProblem } from '../support/api.ts'
import { sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { openEvents } from '../support/sse.ts'
import { until } from '../until.ts'

const API_TOKENS = 'aaaaaaaa=submit,bbbbbbbb=read,cccccccc=submit+read+operate'

let platform: Platform
let guarded: RunningProcess
let open: RunningProcess

const test = suite('tokens')

setUp(test, async () => {
  platform = await startPlatform('auth', { PARTITIONS: '1' })
  const [one, two] = await Promise.all([platform.master({ API_TOKENS }), platform.master()])
  guarded = one
  open = two
})
test.after(() => platform?.stop())

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const submit = (headers: Record<string, string>, payload: unknown = 1): Promise<Answer> =>
  call(`${guarded.url}/api/jobs`, { json: { type: 'noop', payload }, headers })

/** Addresses of this machine that strangers could reach; 127.0.0.2 is loopback’s stand-in for “every address”. */
const addresses = [
  ...Object.values(networkInterfaces())
    .flat()
    .flatMap((it) => (it && !it.internal && it.family === 'IPv4' ? [it.address] : [])),
  '127.0.0.2',
]

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const end = (yes: boolean) => (): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

test('without tokens it listens on loopback only', async () => {
  assert.is(await connects('127.0.0.1', open.port), true)
  for (const address of addresses) assert.is(await connects(address, open.port), false, address)
})

test('with tokens it listens on every address', async () => {
  for (const address of addresses) assert.is(await connects(address, guarded.port), true, address)
})

const streams = ['/api/jobs/x/events', '/api/events', '/api/series/x/events']
const reads = ['/api/jobs', '/api/jobs/x', '/api/types', '/api/scaling', '/api/workers', ...streams]

for (const [what, headers] of [
  ['no token', {}],
  ['an unknown token', bearer('zzzzzzzz')],
  ['a token’s beginning', bearer('aaaaaaa')],
  ['a token with something after it', bearer('aaaaaaaab')],
  ['the wrong scheme', { authorization: 'Basic YWFhYWFhYWE6' }],
  ['an empty Authorization', { authorization: '' }],
] as const) {
  test(`${what} is a 401 with WWW-Authenticate everywhere`, async () => {
    const answers = [
      await submit(headers),
      await call(`${guarded.url}/api/jobs/batch`, {
        raw: '{"type":"noop"}\n',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
      }),
      ...(await Promise.all(reads.map((path) => call(`${guarded.url}${path}`, { headers })))),
    ]
    for (const answer of answers) {
      expectProblem(answer, 401, 'UNAUTHENTICATED')
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer\b/)
      assert.not.match(answer.text, /aaaaaaaa|bbbbbbbb/)
    }
  })
}

test('a token in the query is no token', async () => {
  expectProblem(await call(`${guarded.url}/api/types?access_token=bbbbbbbb`), 401)
})

test('a wrong body, type or size says nothing to those without a token', async () => {
  for (const raw of ['{', '{"type":"no.such.type"}', 'x'.repeat(1_000_000)]) {
    expectProblem(await call(`${guarded.url}/api/jobs`, { raw }), 401)
  }
})

test('a token for submitting submits, alone and in batches, and reads nothing', async () => {
  const { id } = expectJob(await submit(bearer('aaaaaaaa')), 202)
  const { answers } = await sendBatch(guarded.url, ['{"type":"noop"}\n'], { headers: bearer('aaaaaaaa') })
  assert.is(answers[0]?.status, 'queued')
  for (const path of [...reads, `/api/jobs/${id}`]) {
    expectProblem(await call(`${guarded.url}${path}`, { headers: bearer('aaaaaaaa') }), 403, 'FORBIDDEN')
  }
})

test('a token for reading reads, and submits nothing', async () => {
  const { id } = expectJob(await submit(bearer('cccccccc')), 202)
  const headers = bearer('bbbbbbbb')
  assert.is(expectJob(await call(`${guarded.url}/api/jobs/${id}`, { headers }), 200).id, id)
  for (const path of ['/api/jobs', '/api/types', '/api/scaling']) {
    assert.is((await call(`${guarded.url}${path}`, { headers })).status, 200, path)
  }
  expectProblem(await call(`${guarded.url}/api/jobs/x`, { headers }), 404)
  expectProblem(await submit(headers), 403, 'FORBIDDEN')
  const batch = await call(`${guarded.url}/api/jobs/batch`, {
    raw: '{"type":"noop"}\n',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
  })
  expectProblem(batch, 403, 'FORBIDDEN')
})

test('streams of events are read with the header, too', async () => {
  const { id } = expectJob(await submit(bearer('cccccccc')), 202)
  const headers = bearer('bbbbbbbb')
  const put = await call(`${guarded.url}/api/series/s`, {
    ...{ method: 'PUT', json: {} },
    headers: bearer('cccccccc'),
  })
  assert.is(put.status, 201, put.text)
  for (const path of [`/api/jobs/${id}/events`, '/api/events', '/api/series/s/events']) {
    const reader = await openEvents(`${guarded.url}${path}`, headers)
    assert.is(reader.status, 200, path)
    assert.match(reader.contentType, /^text\/event-stream\b/)
    reader.close()
  }
})

test('the scheme’s name may be written in any case', async () => {
  const headers = { authorization: 'bearer bbbbbbbb' }
  assert.is((await call(`${guarded.url}/api/types`, { headers })).status, 200)
})

test('an Idempotency-Key is its token’s own', async () => {
  const key = { 'idempotency-key': 'mine' }
  const one = expectJob(await submit({ ...bearer('aaaaaaaa'), ...key }), 202)
  const other = expectJob(await submit({ ...bearer('cccccccc'), ...key }, 2), 202)
  assert.is.not(other.id, one.id)
  assert.is(expectJob(await submit({ ...bearer('aaaaaaaa'), ...key }), 202).id, one.id)
})

test('health, readiness, metrics and the API’s description need no token', async () => {
  await until('the master is ready', async () => (await call(`${guarded.url}/ready`)).status === 200)
  for (const path of ['/health', '/metrics', '/api/openapi.json', '/api/docs/']) {
    assert.is((await call(`${guarded.url}${path}`)).status, 200, path)
  }
})

test('tokens are not in the log lines or the metrics', async () => {
  const { text } = await call(`${guarded.url}/metrics`)
  assert.not.match(guarded.output() + text, /aaaaaaaa|bbbbbbbb|cccccccc/)
})

test('tokens that are no tokens keep the master from starting', async () => {
  for (const tokens of ['short=read', 'aaaaaaaa', 'aaaaaaaa=root', 'aaaaaaaa=']) {
    const said = await platform.master({ API_TOKENS: tokens }).then(
      () => 'it started',
      (error: Error) => error.message,
    )
    assert.match(said, 'API_TOKENS')
  }
})

test.run()
