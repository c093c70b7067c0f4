/** The load script against a real fleet in which jobs fail and are tried again. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readArgs } from '../../producer/load/args.ts'
import { createClient } from '../../producer/load/client.ts'
import { runLoad } from '../../producer/load/run.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

const test = suite('load with failures')
let platform: Platform
let master: RunningProcess

setUp(test, async () => {
  platform = await startPlatform('loadfail')
  const [one] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  master = one
})
test.after(() => platform?.stop())

const quiet = { show: () => {}, say: () => {}, end: () => {} }

test('every failed attempt is followed by another, none is lost, and each key keeps its order', async () => {
  const options = readArgs([
    ...['--url', master.url, '--jobs', '1000', '--keys', '40', '--batch', '50'],
    ...['--fail', '0.2', '--backoff', '500', '--payload', '{"ms":1}'],
  ])
  const client = createClient(options)
  try {
    const interrupt = new AbortController().signal
    const report = await runLoad({ options, client, progress: quiet, series: [], interrupt })
    const { accepted, succeeded, lost } = report.jobs
    assert.equal({ accepted, succeeded, lost }, { accepted: 1_000, succeeded: 1_000, lost: 0 })
    const { jobs, expected, made, mostAttempts } = report.retries
    assert.ok(jobs > 100 && jobs < 300, `${jobs} retried`)
    assert.equal([made, mostAttempts], [expected, 4])
    assert.is(report.orderFaults, 0)
  } finally {
    client.close()
  }
})

test.run()
