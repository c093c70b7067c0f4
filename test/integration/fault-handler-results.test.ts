/** A handler that returns what can't be stored: its job is dead and says why; what is odd but storable comes back as it was. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { getJob } from '../support/api.ts'
import { endings, logOf, metric, submit, workGoesOn } from '../support/faults.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let worker: RunningProcess

const test = suite('a handler that returns what can’t be stored')

setUp(test, async () => {
  platform = await startPlatform('results')
  master = await platform.master()
  worker = await platform.worker()
})
test.after(() => platform?.stop())

const refused: Readonly<Record<string, RegExp>> = {
  'gives a function': /^the result is not JSON: nothing is left of this function$/,
  'gives a symbol': /not JSON: nothing is left of this symbol/,
  'gives a BigInt': /not JSON.*BigInt/,
  'gives a cycle': /not JSON.*circular/s,
  'gives nothing by toJSON': /not JSON: nothing is left of this object/,
  'gives a toJSON that throws': /not JSON.*a trap/,
  'gives a getter that throws': /not JSON.*a trap/,
  'gives 9 MB': /larger than 8000000 bytes/,
  'gives 100 GB': /larger than 8000000 bytes/,
  'gives 2,000 levels': /nested deeper than 1000 levels/,
  'gives 100,000 levels': /nested deeper than 1000 levels/,
}
const stored: Readonly<Record<string, (result: unknown) => void>> = {
  'gives nothing': (result) => assert.is(result, undefined),
  'gives NUL': (result) => assert.equal(result, { 'a\0b': 'c\0d', half: '\ud800', '\udc00': 'other half' }),
  'gives 900 levels': (result) => assert.is(JSON.stringify(result).match(/[[{]/g)?.length, 900),
  'gives 8 MB': (result) => assert.is((result as string).length, 8e6 - 2),
}

for (const type of ['test.faulty', 'test.faulty-thread']) {
  test(`${type}: what can’t be stored is dead at once, with RESULT_INVALID and the reason`, async () => {
    const names = Object.keys(refused)
    const ids = await submit(
      master,
      names.map((how) => ({ type, payload: { how } })),
    )
    await workGoesOn(platform, master)
    for (const [index, { status, attempts, error, result }] of (await endings(platform, ids)).entries()) {
      const how = names[index] ?? ''
      assert.equal([status, attempts, error?.code, result], ['dead', 1, 'RESULT_INVALID', null], how)
      assert.match(error?.message ?? '', refused[how] ?? /^$/, how)
    }
    await until('each is told', () => {
      const lines = logOf(worker).filter(
        ({ msg, job }) => msg === 'a job is dead' && ids.includes(String(job)),
      )
      return lines.length === names.length
    })
    assert.is(
      await metric(worker, 'anomgrd_jobs_finished_total', `type="${type}",status="dead"`),
      names.length,
    )
  })

  test(`${type}: NUL characters, half surrogate pairs, deep and large results come back as they were`, async () => {
    const names = Object.keys(stored)
    const ids = await submit(
      master,
      names.map((how) => ({ type, payload: { how } })),
    )
    assert.ok((await endings(platform, ids)).every(({ status }) => status === 'succeeded'))
    for (const [index, how] of names.entries()) {
      stored[how]?.((await getJob(master.url, ids[index] ?? '')).result)
    }
  })
}

test('the worker is the same all the time', async () => {
  assert.not.ok(worker.hasEnded)
  assert.not.ok(logOf(worker).some(({ msg }) => msg.includes('can’t be recorded')))
})

test.run()
