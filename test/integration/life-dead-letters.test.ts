/** What dies is kept, can be found, and can be put back: with its history, and behind all that was accepted before. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectJob, expectProblem, type JobView } from '../support/api.ts'
import { type Client, clientOf, readLife, traceFile } from '../support/life.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { until } from '../until.ts'

const test = suite('the life of a job: dead letters')
const file = traceFile('dead')
let platform: Platform
let api: Client
let other: Client

// One key has a quarter of the window: 10 jobs.
setUp(test, async () => {
  platform = await startPlatform('dead', { JOBS_PER_NODE: '40' })
  const [one, two] = await Promise.all([
    platform.master(),
    platform.master(),
    platform.worker(),
    platform.worker(),
  ])
  api = clientOf(one.url)
  other = clientOf(two.url)
})
test.after(() => platform?.stop())

interface Letter {
  readonly id: string
  readonly replayable: boolean
  readonly topic: string
  readonly offset?: number
  readonly type?: string
  readonly key?: string
  readonly error: { readonly code: string; readonly message: string }
  readonly attempts: JobView['attempts']
  readonly diedAt: string
  readonly value?: unknown
  readonly valueBase64?: string
}

/** It fails that often. */
const failing = (failures: number, more: object = {}, payload: object = {}): object => ({
  type: 'test.life',
  payload: { file, failures, ...payload },
  maxAttempts: 2,
  backoffMs: 0,
  ...more,
})
const fatal = (more: object = {}, payload: object = {}): object =>
  failing(1, more, { retryable: false, ...payload })

const letters = async (query: string): Promise<Letter[]> =>
  ((await api.ask('GET', `/dead-letters?${query}`)).body as { deadLetters: Letter[] }).deadLetters
const letterOf = (id: string): Promise<Letter> =>
  until(`${id} is a letter`, async () => {
    const { status, body } = await api.ask('GET', `/dead-letters/${id}`)
    return status === 200 && (body as Letter)
  })
const count = async (query: string): Promise<{ total: number; byType: object; byCode: object }> =>
  (await api.ask('GET', `/dead-letters/count?${query}`)).body as {
    total: number
    byType: object
    byCode: object
  }
const dead = async (json: object): Promise<string> => {
  const id = await api.post(json)
  await api.becomes(id, 'dead')
  return id
}
const replay = async (id: string): Promise<void> => {
  expectJob(await api.ask('POST', `/jobs/${id}/replay`), 202)
}
const runsOf = (id: string) => readLife(file).filter((run) => run.id === id)
const attemptsOf = ({ attempts }: JobView) => attempts.map(({ attempt, error }) => [attempt, error?.code])

test('a job is dead after its last attempt, with each of them on record, and is a letter with what is needed to see why', async () => {
  const key = 'worn'
  const id = await api.post(failing(9, { key, maxAttempts: 3, backoffMs: 50 }))
  const job = await api.becomes(id, 'dead')
  assert.equal(attemptsOf(job), [
    [1, 'AS_TOLD'],
    [2, 'AS_TOLD'],
    [3, 'AS_TOLD'],
  ])
  assert.is(job.error?.code, 'AS_TOLD')
  assert.is(runsOf(id).length, 3)
  const letter = await letterOf(id)
  assert.equal(
    [letter.replayable, letter.type, letter.key, letter.error.code, letter.attempts.length, letter.topic],
    [true, 'test.life', key, 'AS_TOLD', 3, platform.topic('jobs')],
  )
  assert.is((letter.value as { payload: { failures: number } }).payload.failures, 9)
})

test('an error that says that it will not get better ends the job at once', async () => {
  const id = await dead(fatal({ maxAttempts: 5 }))
  assert.equal(attemptsOf(await api.get(id)), [[1, 'AS_TOLD']])
  assert.is(runsOf(id).length, 1)
})

test('records that are no jobs are letters, once each, and keep nobody from running', async () => {
  const producer = platform.kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const headers = { id: randomUUID(), type: 'test.life' }
  const bad = [
    { value: 'not json', headers },
    { value: null, headers: { ...headers, id: randomUUID() } },
    { value: '{"payload":{"ms":"soon"}}', headers: { ...headers, id: randomUUID() } },
    { value: '{"payload":1}', headers: { id: randomUUID(), type: 'no.such' } },
    { value: '{"payload":1}', headers: {} },
    { value: Buffer.from([0xff, 0xfe, 0]), headers: { id: 'no uuid', type: 'test.life' } },
    { value: '[]', headers: { id: randomUUID(), type: '' } },
  ]
  const messages = bad.map((it) => ({ ...it, key: 'bad', partition: 2 }))
  const before = (await count('')).total
  await producer.send({ topic: platform.topic('jobs'), messages })
  await producer.disconnect()
  await until('all are letters', async () => (await count('key=bad')).total >= bad.length)
  assert.is((await count('')).total, before + bad.length)
  const found = await letters('key=bad')
  assert.is(new Set(found.map(({ offset }) => offset)).size, bad.length)
  assert.ok(found.some(({ type }) => type === 'no.such'))
  for (const letter of found) assert.ok(letter.error.code && letter.error.message, JSON.stringify(letter))
  const noJob = found.find(({ replayable }) => !replayable)
  expectProblem(await api.ask('POST', `/jobs/${noJob?.id}/replay`), 409)
  const binary = (await Promise.all(found.map(({ id }) => letterOf(id)))).filter((it) => it.valueBase64)
  assert.ok(binary.some((it) => it.valueBase64 === Buffer.from([0xff, 0xfe, 0]).toString('base64')))
  const all = await api.postAll(Array.from({ length: 8 }, (_, n) => failing(0, { key: `after ${n}` })))
  for (const id of all) assert.is((await api.ended(id)).status, 'succeeded')
})

test('letters are found by type, error, key and time, page by page, and counted', async () => {
  const from = new Date().toISOString()
  const ids = await api.postAll(Array.from({ length: 7 }, (_, n) => fatal({ key: n < 3 ? 'few' : 'many' })))
  const odd = await api.post({ type: 'test.odd', payload: 'text', key: 'few', maxAttempts: 1 })
  for (const id of [...ids, odd]) await api.becomes(id, 'dead')
  await delay(5)
  const to = new Date().toISOString()
  const span = `from=${from}&to=${to}`
  const idsOf = (list: readonly Letter[]): string[] => list.map(({ id }) => id).sort()
  assert.equal(idsOf(await letters(span)), [...ids, odd].sort())
  assert.equal(idsOf(await letters(`${span}&type=test.odd`)), [odd])
  assert.equal(idsOf(await letters(`${span}&code=AS_TOLD&key=few`)), ids.slice(0, 3).sort())
  assert.equal(await letters(`from=${to}`), [])
  assert.is((await count(`${span}&key=few`)).total, 4)
  assert.equal((await count(span)).byType, { 'test.life': 7, 'test.odd': 1 })
  const seen: Letter[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const query = `${span}&limit=3${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`
    const { body } = await api.ask('GET', `/dead-letters?${query}`)
    const page = body as { deadLetters: Letter[]; next?: string }
    assert.ok(page.deadLetters.length <= 3)
    seen.push(...page.deadLetters)
    after = page.next
  }
  assert.equal(idsOf(seen), [...ids, odd].sort(), 'pages')
  const died = seen.map(({ diedAt }) => Date.parse(diedAt))
  assert.equal(
    died,
    died.toSorted((a, b) => b - a),
  )
})

test('put back it keeps its id and its history, its numbers go on, and it has all of its attempts again', async () => {
  const id = await dead(failing(3, { maxAttempts: 2 }))
  await replay(id)
  const job = await other.becomes(id, 'succeeded')
  assert.equal(attemptsOf(job), [
    [1, 'AS_TOLD'],
    [2, 'AS_TOLD'],
    [3, 'AS_TOLD'],
    [4, undefined],
  ])
  expectProblem(await api.ask('GET', `/dead-letters/${id}`), 404)
  expectProblem(await api.ask('POST', `/jobs/${id}/replay`), 404)
})

test('one that dies again is one letter again, with all of its history', async () => {
  const id = await dead(failing(99))
  for (const attempts of [4, 6, 8]) {
    await replay(id)
    const again = await api.becomes(id, (it) => it.status === 'dead' && it.attempts.length === attempts)
    assert.equal(
      again.attempts.map(({ attempt }) => attempt),
      Array.from({ length: attempts }, (_, n) => n + 1),
    )
    assert.is((await letterOf(id)).attempts.length, attempts)
  }
  assert.is(runsOf(id).length, 8)
})

test('many that put the same one back at once put it back once', async () => {
  const id = await dead(failing(99))
  const asks = Array.from({ length: 12 }, (_, n) =>
    (n % 2 === 0 ? api : other).ask('POST', `/jobs/${id}/replay`),
  )
  const answers = await Promise.all(asks)
  for (const { status, text } of answers) assert.ok([202, 404, 409].includes(status), text)
  assert.ok(answers.some(({ status }) => status === 202))
  await api.becomes(id, (it) => it.status === 'dead' && it.attempts.length >= 4)
  await delay(500)
  const attempts = runsOf(id).map(({ attempt }) => attempt)
  // One whose request came late may have met it dead again.
  assert.equal(attempts, [...new Set(attempts)])
})

test('put back it enters its key’s order at the end: it runs after all that were accepted before', async () => {
  const key = 'busy'
  const first = await api.post(fatal({ key }, { name: 'first' }))
  await api.becomes(first, 'dead')
  const backlog = Array.from({ length: 200 }, (_, n) => failing(0, { key }, { name: `${n}`, ms: 15 }))
  const ids = await api.postAll(backlog)
  await replay(first)
  const later = await api.postAll([failing(0, { key }, { name: 'later' })])
  await api.becomes(first, 'succeeded', 25_000)
  for (const id of [...ids, ...later]) await api.becomes(id, 'succeeded')
  const names = readLife(file).filter((run) => run.key === key && run.name !== 'later')
  assert.equal(
    names.map(({ name }) => name),
    ['first', ...backlog.map((_, n) => `${n}`), 'first'],
  )
})

test('put back it runs though its key never runs out of new jobs', async () => {
  const key = 'flow'
  const id = await dead(fatal({ key }))
  const flow = (): Promise<string[]> =>
    api.postAll(Array.from({ length: 40 }, () => failing(0, { key }, { name: 'flow', ms: 10 })))
  await flow()
  await flow()
  await replay(id)
  let status = 'queued'
  // More comes all the time than its key can do.
  for (const end = Date.now() + 12_000; status !== 'succeeded' && Date.now() < end; await delay(350)) {
    await flow()
    status = (await api.get(id)).status
  }
  assert.is(status, 'succeeded', 'within 12 s')
})

test('those that fit a filter are put back together, each key in its order', async () => {
  const jobs = Array.from({ length: 30 }, (_, n) => fatal({ key: `f${n % 3}` }, { name: `${n}` }))
  const from = new Date().toISOString()
  const ids = await api.postAll(jobs)
  for (const id of ids) await api.becomes(id, 'dead')
  const { status, body } = await api.ask('POST', '/dead-letters/replay', { from, code: 'AS_TOLD' })
  assert.is(status, 202)
  assert.equal(body, { replayed: 30, skipped: 0, more: false })
  for (const id of ids) await api.becomes(id, 'succeeded')
  const runs = readLife(file).filter(
    ({ key, attempt }) => key?.startsWith('f') && key.length === 2 && attempt === 2,
  )
  for (const key of ['f0', 'f1', 'f2']) {
    const names = runs.filter((run) => run.key === key).map(({ name }) => Number(name))
    assert.equal(
      names,
      names.toSorted((a, b) => a - b),
      key,
    )
    assert.is(names.length, 10)
  }
})

test('a letter that is dropped is gone, and its job stays dead', async () => {
  const [one, ...rest] = [await dead(fatal({ key: 'drop' })), await dead(fatal({ key: 'drop' }))]
  assert.is((await api.ask('DELETE', `/dead-letters/${one}`)).status, 204)
  expectProblem(await api.ask('DELETE', `/dead-letters/${one}`), 404)
  expectProblem(await api.ask('POST', `/jobs/${one}/replay`), 404)
  assert.is((await api.get(one ?? '')).status, 'dead')
  const { body } = await api.ask('POST', '/dead-letters/drop', { key: 'drop' })
  assert.equal(body, { dropped: rest.length })
  expectProblem(await api.ask('POST', '/dead-letters/drop', {}), 422)
  expectProblem(await api.ask('POST', '/dead-letters/replay', {}), 422)
})

test('each dead job has a copy on the dead topic that says why', async () => {
  const id = await dead(fatal({ key: 'copied' }))
  const [copy, ...more] = await until('the copy is there', async () => {
    const found = (await readLog(platform, 'dead')).filter(({ headers }) => headers['id'] === id)
    return found.length > 0 && found
  })
  assert.is(more.length, 0)
  assert.is(copy?.key, 'copied')
  assert.is(copy?.headers['dead-code'], 'AS_TOLD')
  assert.is(copy?.headers['dead-attempts'], '1')
  assert.is(copy?.headers['dead-topic'], platform.topic('jobs'))
  assert.is(JSON.parse(copy?.value ?? '').payload.retryable, false)
})

test('in the end nothing is left that waits', async () => {
  await until('no job is parked', async () => (await platform.sql('select from parked')).length === 0)
})

test.run()
