import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kill, park, poison } from '../fixtures/park-rows.ts'
import { call, expectProblem, runJob } from '../support/api.ts'
import { wave } from '../support/feed.ts'
import { faultsOf, type Json, resolveRef } from '../support/json-schema.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

interface Operation {
  readonly summary?: string
  readonly operationId?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> }
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { schema: Json }>> }
    >
  >
}
interface Document {
  readonly openapi: string
  readonly info: Readonly<Record<string, Json>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let platform: Platform
let master: RunningProcess
let worker: RunningProcess
let text = ''
let document: Document
let json: Json

const test = suite('what the API says of itself')

setUp(test, async () => {
  platform = await startPlatform('openapi', { PARTITIONS: '3', MIN_REPLICAS: '1', MAX_REPLICAS: '2' })
  const [one, two] = await Promise.all([
    platform.master({ NODE_ID: 'the-master' }),
    platform.worker({ NODE_ID: 'the-worker' }),
  ])
  master = one
  worker = two
  text = (await call(`${master.url}/api/openapi.json`)).text
  document = JSON.parse(text) as Document
  json = JSON.parse(text) as Json
})
test.after(() => platform?.stop())

const operations = (): [name: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

/** What the documented answer of an operation finds wrong with a real one. */
const faultsIn = async (name: string, url: string): Promise<string[]> => {
  const answer = await call(`${master.url}${url}`)
  const operation = operations().find(([it]) => it === name)?.[1]
  const media = operation?.responses[String(answer.status)]?.content?.['application/json']
  assert.ok(media, `${name}, ${answer.status}: ${answer.text}`)
  return faultsOf(json, media.schema, answer.body as Json)
}

test('the document is OpenAPI 3.1, and all of its references resolve', () => {
  assert.match(document.openapi, /^3\.1\.\d+$/)
  assert.type(document.info['title'], 'string')
  assert.type(document.info['version'], 'string')
  const refs = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref = '']) => ref)
  assert.ok(refs.length > 0)
  assert.equal(
    refs.filter((ref) => resolveRef(json, ref) === undefined),
    [],
  )
  assert.not.match(text, /"nullable":/, 'a keyword of 3.0')
})

test('every call of the design that is served is described, and nothing else', () => {
  assert.equal(
    operations()
      .map(([name]) => name)
      .sort(),
    [
      'DELETE /api/data-sets/{id}',
      'DELETE /api/dead-letters/{id}',
      'DELETE /api/jobs/{id}',
      'DELETE /api/limits/keys/{prefix}',
      'DELETE /api/limits/types/{type}',
      'DELETE /api/schedules/{name}',
      'DELETE /api/series/{name}',
      'GET /api/data-sets',
      'GET /api/data-sets/{id}',
      'GET /api/data-sets/{id}/series',
      'GET /api/data-sets/{id}/series/{name}',
      'GET /api/dead-letters',
      'GET /api/dead-letters/count',
      'GET /api/dead-letters/{id}',
      'GET /api/events',
      'GET /api/jobs',
      'GET /api/jobs/{id}',
      'GET /api/jobs/{id}/events',
      'GET /api/limits',
      'GET /api/scaling',
      'GET /api/scaling/history',
      'GET /api/schedules',
      'GET /api/schedules/{name}',
      'GET /api/series',
      'GET /api/series/{name}',
      'GET /api/series/{name}/alarms',
      'GET /api/series/{name}/events',
      'GET /api/series/{name}/points',
      'GET /api/types',
      'GET /api/workers',
      'POST /api/data-sets',
      'POST /api/dead-letters/drop',
      'POST /api/dead-letters/replay',
      'POST /api/jobs',
      'POST /api/jobs/batch',
      'POST /api/jobs/cancel',
      'POST /api/jobs/{id}/replay',
      'POST /api/schedules',
      'POST /api/schedules/{name}/pause',
      'POST /api/schedules/{name}/resume',
      'POST /api/schedules/{name}/run',
      'POST /api/series/{name}/points',
      'POST /api/types/{type}/pause',
      'POST /api/types/{type}/resume',
      'PUT /api/limits/keys/{prefix}',
      'PUT /api/limits/types/{type}',
      'PUT /api/schedules/{name}',
      'PUT /api/series/{name}',
    ],
  )
})

test('every operation has its parameters, answers and problems', () => {
  const ids = operations().flatMap(([, { operationId }]) => operationId ?? [])
  assert.is(new Set(ids).size, ids.length)
  for (const [name, { parameters = [], responses, summary, requestBody }] of operations()) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const given = parameters.filter((it) => it.in === 'path')
    assert.equal(
      given.map((it) => it.name),
      inPath,
      name,
    )
    assert.ok(
      given.every(({ required }) => required === true),
      name,
    )
    assert.type(summary, 'string', name)
    assert.ok(
      Object.keys(responses).every((status) => /^(default|[1-5](\d\d|XX))$/.test(status)),
      name,
    )
    assert.ok(
      Object.values(responses).every(({ description }) => typeof description === 'string'),
      name,
    )
    assert.ok(
      Object.values(responses).some(({ content }) => content?.['application/problem+json']),
      name,
    )
    // Those that do one thing to what the path names need none.
    const bare = /\}\/\w+$/.test(name)
    if (name.startsWith('POST') && !bare)
      assert.ok(requestBody && Object.keys(requestBody.content).length > 0, name)
  }
})

test('real answers are as documented, and hold nothing else', async () => {
  const job = await runJob(master.url, { type: 'test.echo', payload: { a: 1 }, key: 'k' })
  const dead = await runJob(master.url, {
    type: 'test.work',
    payload: { failures: 9 },
    maxAttempts: 2,
  })
  assert.equal(await faultsIn('GET /api/jobs/{id}', `/api/jobs/${job.id}`), [])
  assert.equal(await faultsIn('GET /api/jobs/{id}', `/api/jobs/${dead.id}`), [])
  const told = await runJob(master.url, { type: 'test.notes', payload: { steps: 1, lines: 200 } })
  assert.equal(await faultsIn('GET /api/jobs/{id}', `/api/jobs/${told.id}`), [])
  for (const subject of ['types/noop', 'keys/k']) {
    const { status } = await call(`${master.url}/api/limits/${subject}`, {
      method: 'PUT',
      json: { concurrency: 5, rate: 0.5 },
    })
    assert.is(status, 200)
  }
  assert.equal(await faultsIn('GET /api/limits', '/api/limits'), [])
  assert.equal(await faultsIn('GET /api/jobs', '/api/jobs?limit=2'), [])
  assert.equal(await faultsIn('GET /api/types', '/api/types'), [])
  for (const subject of ['types/noop', 'keys/k'])
    await call(`${master.url}/api/limits/${subject}`, { method: 'DELETE' })
  assert.equal(await faultsIn('GET /api/scaling', '/api/scaling'), [])
  assert.equal(await faultsIn('GET /api/workers', '/api/workers'), [])
  const points = wave(1, 320, [280])
  const fed = await runJob(master.url, { type: 'watch', payload: { series: 's', points }, key: 's' })
  assert.ok((fed.result as { alarms: unknown[] }).alarms.length > 0)
  assert.equal(await faultsIn('GET /api/series', '/api/series'), [])
  assert.equal(await faultsIn('GET /api/series/{name}', '/api/series/s'), [])
  assert.equal(await faultsIn('GET /api/series/{name}/points', '/api/series/s/points'), [])
  assert.equal(await faultsIn('GET /api/series/{name}/alarms', '/api/series/s/alarms'), [])
  const parked = await park(platform, {
    key: 'k',
    attempt: 2,
    value: '{"schedule":{"name":"n","at":"2026-01-01T00:00:00Z"}}',
  })
  assert.equal(await faultsIn('GET /api/jobs/{id}', `/api/jobs/${parked}`), [])
  await platform.sql('delete from parked')
  await kill(platform, { key: 'k' })
  assert.equal(await faultsIn('GET /api/dead-letters', '/api/dead-letters?limit=1'), [])
  assert.equal(await faultsIn('GET /api/dead-letters/count', '/api/dead-letters/count'), [])
  for (const value of ['"text"', 'no JSON', null]) {
    const letter = await poison(platform, value)
    assert.equal(await faultsIn('GET /api/dead-letters/{id}', `/api/dead-letters/${letter}`), [])
  }
  const problem = expectProblem(await call(`${master.url}/api/jobs`, { json: { type: 'No' } }), 422)
  const media = operations()[0]?.[1].responses['default']?.content?.['application/problem+json']
  assert.ok(media)
  assert.equal(faultsOf(json, media.schema, JSON.parse(JSON.stringify(problem)) as Json), [])
})

test('what the document says of a submission is what is asked of one', async () => {
  const operation = operations().find(([name]) => name === 'POST /api/jobs')?.[1]
  const schema = operation?.requestBody?.content['application/json']?.schema
  assert.ok(schema)
  for (const [body, fits] of [
    [{ type: 'noop' }, true],
    [{ type: 'noop', payload: [], key: 'k', maxAttempts: 1, timeoutMs: 1 }, true],
    [{ payload: 1 }, false],
    [{ type: 'No' }, false],
    [{ type: 'noop', maxAttempts: 0 }, false],
    [{ type: 'noop', key: 1 }, false],
  ] as const) {
    const faults = faultsOf(json, schema, body)
    assert.is(faults.length === 0, fits, `${JSON.stringify(body)}: ${faults}`)
    assert.is((await call(`${master.url}/api/jobs`, { json: body })).status, fits ? 202 : 422)
  }
})

test('the page to browse it is served with all it needs, and from here alone', async () => {
  const moved = await call(`${master.url}/api/docs`)
  assert.ok([301, 302, 307, 308].includes(moved.status), `${moved.status}`)
  assert.match(moved.headers.get('location') ?? '', /\/api\/docs\/$/)
  const page = await call(`${master.url}/api/docs/`)
  assert.is(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html\b/)
  const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part)
  assert.ok(parts.length >= 3, page.text)
  // What a data: address names is in the page itself.
  for (const part of parts.filter((it) => !it.startsWith('data:'))) {
    const url = new URL(part, `${master.url}/api/docs/`)
    assert.is(url.origin, master.url)
    const { status, headers } = await call(url.href)
    assert.is(status, 200, part)
    assert.match(headers.get('content-type') ?? '', part.endsWith('.css') ? /^text\/css/ : /javascript/)
  }
  assert.not.match(page.text, /<script>(?!<)/, 'a script in the page, which its policy would block')
})

test('the types are there with the JSON Schemas of their payloads', async () => {
  const { types } = (await call(`${master.url}/api/types`)).body as {
    types: { type: string; thread: boolean; control: boolean; schema: Record<string, Json> }[]
  }
  const names = types.map(({ type }) => type)
  assert.is(new Set(names).size, names.length)
  for (const type of [
    'noop',
    'sleep',
    'detect',
    'watch',
    'webhook',
    'test.echo',
    'test.strict',
    'test.control',
  ])
    assert.ok(names.includes(type), type)
  const strict = types.find(({ type }) => type === 'test.strict')
  assert.equal(strict?.schema['required'], ['name', 'size'])
  assert.is(strict?.schema['additionalProperties'], false)
  const { size } = strict?.schema['properties'] as Record<string, Record<string, Json>>
  assert.equal((size?.['properties'] as Record<string, Record<string, Json>>)['width']?.['maximum'], 100)
  // What has a default may be left out.
  const work = types.find(({ type }) => type === 'test.work')
  assert.equal(work?.schema['required'] ?? [], [])
  assert.is(types.find(({ type }) => type === 'test.control')?.control, true)
  assert.is(strict?.control, false)
})

test('GET /api/scaling has the fields of the design, and they add up', async () => {
  const scaling = await until('both nodes are there', async () => {
    const body = (await call(`${master.url}/api/scaling`)).body as Record<string, Json>
    return Array.isArray(body['workers']) && body['workers'].length === 2 && body
  })
  assert.equal(Object.keys(scaling).sort(), [
    'arrivalRate',
    'at',
    'decisions',
    'drainRate',
    'kafkaLag',
    'lag',
    'parked',
    'partitions',
    'replicas',
    'workers',
  ])
  const partitions = scaling['partitions'] as { topic: string; partition: number; lag: number }[]
  assert.equal(
    partitions.map(({ topic, partition }) => `${topic} ${partition}`),
    ['jobs', 'jobs.high', 'jobs.low'].flatMap((name) =>
      [0, 1, 2].map((partition) => `${platform.prefix}.${name} ${partition}`),
    ),
  )
  assert.is(
    partitions.reduce((sum, { lag }) => sum + lag, 0),
    scaling['kafkaLag'],
  )
  assert.is(scaling['lag'], scaling['kafkaLag'])
  const { total, due, byReason } = scaling['parked'] as Record<string, Json>
  assert.equal([total, due], [0, 0])
  assert.equal(byReason, { retry: 0, delay: 0, schedule: 0, replay: 0, order: 0, limit: 0 })
  assert.equal(scaling['replicas'], { min: 1, max: 2, desired: 1, ready: 1 })
  const workers = scaling['workers'] as { id: string; pid: number; nodeType: string }[]
  assert.equal(workers.map(({ id, nodeType }) => `${id} ${nodeType}`).sort(), [
    'the-master master',
    'the-worker child',
  ])
  assert.is(workers.find(({ id }) => id === 'the-worker')?.pid, worker.pid)
  assert.ok(Math.abs(Date.parse(String(scaling['at'])) - Date.now()) < 5_000)
})

for (const [what, which] of [
  ['master', () => master],
  ['worker', () => worker],
] as const) {
  test(`the ${what} serves health, readiness and metrics`, async () => {
    for (const path of ['/health', '/ready']) {
      const answer = await call(`${which().url}${path}`)
      assert.is(answer.status, 200, answer.text)
      assert.is((answer.body as { status: string }).status, 'ok')
    }
    const metrics = await call(`${which().url}/metrics`)
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4\b/)
    for (const line of metrics.text.trim().split('\n')) {
      assert.ok(/^(# (HELP|TYPE) anomgrd_\w+ .*|anomgrd_\w+(\{.*\})? (\S+)|)$/.test(line), line)
    }
    assert.match(metrics.text, /^anomgrd_process_resident_memory_bytes\{[^}]*\} \d+$/m)
    expectProblem(await call(`${which().url}/nothing`), 404)
    expectProblem(await call(`${which().url}/health`, { method: 'POST' }), 405)
  })
}

test('the lag is in the metrics by partition', async () => {
  const { text: metrics } = await call(`${master.url}/metrics`)
  const lines = metrics.match(/^anomgrd_lag\{.*\} \d+$/gm) ?? []
  assert.is(lines.length, 9, lines.join('\n'))
  assert.match(metrics, /^anomgrd_workers_ready\{[^}]*\} 1$/m)
})

test.run()
