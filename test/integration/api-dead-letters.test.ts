import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attempts, kill, newId, poison } from '../fixtures/park-rows.ts'
import { type Answer, call, expectJob, expectProblem, getJob, pointers } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess

const test = suite('dead letters in the API')

setUp(test, async () => {
  platform = await startPlatform('letters')
  master = await platform.master()
})
test.before.each(() => platform.sql('truncate dead_letters, outcomes, parked').then(() => undefined))
test.after(() => platform?.stop())

interface Letter {
  readonly id: string
  readonly key?: string
  readonly size?: number
  readonly value?: unknown
  readonly valueBase64?: string
}
interface Page {
  readonly deadLetters: readonly Letter[]
  readonly next?: string
}

const ask = (path: string, method?: string, json?: unknown): Promise<Answer> =>
  call(`${master.url}/api${path}`, { ...(method === undefined ? {} : { method }), json })

const expectBody = <Body>(answer: Answer, status = 200): Body => {
  assert.is(answer.status, status, answer.text)
  return answer.body as Body
}

const page = async (query = ''): Promise<Page> => expectBody(await ask(`/dead-letters?${query}`))
const idsOf = (letters: readonly { readonly id: string }[]): string[] => letters.map(({ id }) => id)
const replay = (json: unknown): Promise<Answer> => ask('/dead-letters/replay', 'POST', json)

const parkedIds = async (): Promise<string[]> =>
  idsOf(await platform.sql<{ id: string }>('select id from parked order by due, id'))

test('a letter is listed without its value and read with it', async () => {
  const id = await kill(platform, { key: 'k', type: 'sleep' })
  const [listed] = (await page()).deadLetters
  const { diedAt, submittedAt, ...rest } = listed as Letter & { diedAt: string; submittedAt: string }
  assert.equal(rest, {
    id,
    replayable: true,
    topic: platform.topic('jobs'),
    partition: 0,
    offset: 5,
    type: 'sleep',
    key: 'k',
    error: { code: 'AS_TOLD', message: 'it failed' },
    attempts: attempts(2),
    size: 13,
  })
  for (const time of [diedAt, submittedAt]) assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000)
  assert.equal(expectBody<Letter>(await ask(`/dead-letters/${id}`)), { ...listed, value: { payload: 1 } })
})

test('a record that is no job is shown whatever it holds, and can’t be put back', async () => {
  const odd = await poison(platform, Uint8Array.from([255, 0]))
  const none = await poison(platform, null)
  const text = await poison(platform, '"text"')
  assert.is(expectBody<Letter>(await ask(`/dead-letters/${odd}`)).valueBase64, '/wA=')
  const { value, valueBase64, size } = expectBody<Letter>(await ask(`/dead-letters/${none}`))
  assert.equal([value, valueBase64, size], [undefined, undefined, undefined])
  assert.is(expectBody<Letter>(await ask(`/dead-letters/${text}`)).value, 'text')
  expectProblem(await ask(`/jobs/${odd}/replay`, 'POST'), 409, 'NOT_REPLAYABLE')
  assert.equal(expectBody(await replay({ all: true }), 202), { replayed: 0, skipped: 3, more: false })
})

test('filters and counts by type, error, key and time', async () => {
  const first = await kill(platform, { type: 'sleep', key: 'a' })
  const middle = new Date(Date.now() + 1).toISOString()
  await platform.sql(`update dead_letters set died_at = died_at - interval '1 second'`)
  const second = await kill(platform, { type: 'noop', key: 'a', code: 'TIMEOUT' })
  await platform.sql(
    `update dead_letters set died_at = $1::timestamptz + interval '1 second' where id = $2`,
    [middle, second],
  )
  for (const [query, expected] of [
    ['', [second, first]],
    ['type=sleep', [first]],
    ['code=TIMEOUT', [second]],
    ['key=a', [second, first]],
    ['key=a&type=noop&code=TIMEOUT', [second]],
    [`from=${middle}`, [second]],
    [`to=${middle}`, [first]],
    ['type=none', []],
  ] as const) {
    assert.equal(idsOf((await page(query)).deadLetters), expected, query)
    const { total } = expectBody<{ total: number }>(await ask(`/dead-letters/count?${query}`))
    assert.is(total, expected.length, query)
  }
  await poison(platform, 'x')
  assert.equal(expectBody(await ask('/dead-letters/count')), {
    total: 3,
    byType: { sleep: 1, noop: 1, '': 1 },
    byCode: { AS_TOLD: 1, TIMEOUT: 1, RECORD_INVALID: 1 },
  })
})

test('pages follow each other by their cursor, and the last has none', async () => {
  const made: string[] = []
  for (let n = 0; n < 5; n++) made.push(await kill(platform))
  const listed: string[] = []
  for (let after = ''; ; ) {
    const { deadLetters, next } = await page(`limit=2${after}`)
    listed.push(...idsOf(deadLetters))
    if (next === undefined) break
    after = `&after=${encodeURIComponent(next)}`
  }
  assert.equal(listed.toSorted(), made.toSorted())
})

test('a dead job is put back with its id and its history', async () => {
  const id = await kill(platform, { key: 'k' })
  assert.is((await getJob(master.url, id)).status, 'dead')
  const job = expectJob(await ask(`/jobs/${id}/replay`, 'POST'), 202) as { waitsFor?: string } & ReturnType<
    typeof expectJob
  >
  assert.equal(
    [job.id, job.status, job.key, job.waitsFor, job.attempts],
    [id, 'queued', 'k', 'replay', attempts(2)],
  )
  assert.equal((await getJob(master.url, id)).status, 'queued')
  assert.equal(await parkedIds(), [id])
  assert.equal((await page()).deadLetters, [])
  expectProblem(await ask(`/jobs/${id}/replay`, 'POST'), 404, 'NOT_FOUND')
})

test('a job that has ended otherwise is not put back', async () => {
  const id = await kill(platform)
  await platform.sql(`update outcomes set status = 'cancelled'`)
  expectProblem(await ask(`/jobs/${id}/replay`, 'POST'), 409, 'NOT_REPLAYABLE')
  assert.equal(expectBody(await replay({ ids: [id] }), 202), { replayed: 0, skipped: 1, more: false })
  assert.is((await getJob(master.url, id)).status, 'cancelled')
  assert.equal(await parkedIds(), [])
})

test('a replay by filter, and by ids, takes what fits, in the order of submission', async () => {
  const sleeps = [await kill(platform, { type: 'sleep' }), await kill(platform, { type: 'sleep' })]
  const noops = [await kill(platform), await kill(platform)]
  assert.equal(expectBody(await replay({ type: 'sleep', code: 'AS_TOLD' }), 202), {
    replayed: 2,
    skipped: 0,
    more: false,
  })
  assert.equal(await parkedIds(), sleeps)
  const ids = [...noops.toReversed(), newId(), noops[0]]
  assert.equal(expectBody(await replay({ ids }), 202), { replayed: 2, skipped: 1, more: false })
  assert.equal(await parkedIds(), [...sleeps, ...noops])
})

test('letters are dropped one by one, by filter, and all; their jobs stay dead', async () => {
  const one = await kill(platform)
  await kill(platform, { type: 'sleep' })
  await kill(platform)
  assert.is((await ask(`/dead-letters/${one}`, 'DELETE')).status, 204)
  expectProblem(await ask(`/dead-letters/${one}`, 'DELETE'), 404, 'NOT_FOUND')
  expectProblem(await ask(`/dead-letters/${one}`), 404, 'NOT_FOUND')
  assert.is((await getJob(master.url, one)).status, 'dead')
  assert.equal(expectBody(await ask('/dead-letters/drop', 'POST', { type: 'sleep' })), { dropped: 1 })
  assert.equal(expectBody(await ask('/dead-letters/drop', 'POST', { all: true })), { dropped: 1 })
  assert.equal((await page()).deadLetters, [])
})

for (const path of ['replay', 'drop']) {
  for (const [body, at] of [
    [{}, ''],
    [{ all: false }, '/all'],
    [{ ids: [] }, '/ids'],
    [{ ids: ['x'] }, '/ids/0'],
    [{ typ: 'noop' }, '/typ'],
    [{ type: 'a\0' }, '/type'],
    [{ key: '' }, '/key'],
    [{ from: 'yesterday' }, '/from'],
    [{ ids: Array.from({ length: 1_001 }, () => randomUUID()) }, '/ids'],
  ] as const) {
    test(`${path} refuses ${JSON.stringify(body).slice(0, 40)}, and changes nothing`, async () => {
      await kill(platform)
      const problem = expectProblem(await ask(`/dead-letters/${path}`, 'POST', body), 422, 'REQUEST_INVALID')
      assert.ok(pointers(problem).includes(at), pointers(problem).join())
      assert.is((await page()).deadLetters.length, 1)
    })
  }
}

test('what is no id of a letter is a 404', async () => {
  for (const id of ['nonsense', randomUUID(), newId(), '%00', 'count%00']) {
    for (const [path, method] of [
      [`/dead-letters/${id}`, 'GET'],
      [`/dead-letters/${id}`, 'DELETE'],
      [`/jobs/${id}/replay`, 'POST'],
    ] as const)
      expectProblem(await ask(path, method), 404, 'NOT_FOUND')
  }
})

for (const query of ['after=x', 'limit=501', 'from=x', 'type=%00', 'code=a&code=b', 'key=%00']) {
  test(`GET /dead-letters?${query} is the client’s error`, async () => {
    expectProblem(await ask(`/dead-letters?${query}`), 422, 'REQUEST_INVALID')
  })
}

test.run()
