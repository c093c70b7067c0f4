/** PostgreSQL is away: the fleet is told as it is, its history has a gap, and goes on. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectProblem } from '../support/api.ts'
import { type OwnServer, ownPostgres } from '../support/own-servers.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const test = suite('fault: the history’s store is away')
let postgres: OwnServer
let platform: Platform
let master: RunningProcess

setUp(test, async () => {
  postgres = await ownPostgres()
  platform = await startPlatform('histaway', { DATABASE_URL: postgres.address })
  master = await platform.master()
})
test.after(async () => {
  await platform?.stop()
  await postgres?.close()
})

const times = async (): Promise<number[]> => {
  const { status, body, text } = await call(`${master.url}/api/scaling/history`)
  assert.is(status, 200, text)
  return (body as { points: { at: string }[] }).points.map(({ at }) => Date.parse(at))
}

test('what is now is told without it, what was is a 503; afterwards the history goes on behind a gap', async () => {
  const before = await until('a first sample is there', async () => (await times()).at(-1))
  await postgres.end('SIGKILL')
  const away = Date.now()
  const asked = await until('two moments have passed', async () => {
    const answer = await call(`${master.url}/api/scaling/history`)
    for (const path of ['/api/scaling', '/api/workers', '/api/types'])
      assert.is((await call(`${master.url}${path}`)).status, 200, path)
    return Date.now() - away > 11_000 && answer
  })
  assert.is(expectProblem(asked, 503, 'STORE_UNAVAILABLE').retryable, true)
  await postgres.startAgain()
  const after = await until('it goes on', async () => {
    const answer = await call(`${master.url}/api/scaling/history`)
    if (answer.status !== 200) return undefined
    const all = await times()
    return (all.at(-1) ?? 0) > away + 11_000 && all
  })
  assert.ok(after.includes(before), 'what was is still there')
  const first = after.find((at) => at > away)
  assert.ok((first ?? 0) - away > 10_000, 'nothing is made up')
  assert.not(master.hasEnded)
  const said = master.output().match(/the fleet’s history can’t be written/g) ?? []
  assert.is(said.length, 1)
  assert.match(master.output(), /the fleet’s history is written again/)
})

test.run()
