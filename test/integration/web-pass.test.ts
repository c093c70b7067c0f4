/** The pages server in front of a real master, and a master that leaves while clients go on. */
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob } from '../support/api.ts'
import { makePagesFolder } from '../support/pages-folder.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import { type RunningProcess, startProcess } from '../support/process.ts'
import { openEvents } from '../support/sse.ts'

const program = fileURLToPath(new URL('../../web/main.ts', import.meta.url))
const test = suite('pages server before a master')
let platform: Platform
let master: RunningProcess
let pages: RunningProcess

setUp(test, async () => {
  platform = await startPlatform('webpass')
  const [one] = await Promise.all([platform.master({ CLOSE_DELAY_MS: '1500' }), platform.worker()])
  master = one
  pages = await startProcess(program, {
    ...{ PORT: '0', WEB_DIR: makePagesFolder() },
    API_URL: `${master.url}/api`,
  })
})
test.after(async () => {
  await pages?.stop()
  await platform?.stop()
})

test('a job is posted, watched and read through it', async () => {
  const posted = await call(`${pages.url}/api/jobs`, { json: { type: 'sleep', payload: { ms: 300 } } })
  assert.is(posted.status, 202)
  const { id } = expectJob(posted, 202)
  const events = await openEvents(`${pages.url}/api/jobs/${id}/events`)
  assert.is(events.contentType, 'text/event-stream; charset=utf-8')
  const seen: string[] = []
  for (let event = await events.next(); event; event = await events.next()) seen.push(event.event)
  assert.ok(seen.length > 0)
  assert.is(expectJob(await call(`${pages.url}/api/jobs/${id}`), 200).status, 'succeeded')
  const docs = await fetch(`${pages.url}/api/docs/`)
  assert.is(docs.status, 200)
})

// The last: the master is gone afterwards.
test('while the master leaves, each request is still answered; then none gets through', async () => {
  const codes = new Set<number>()
  const accepted: string[] = []
  master.kill('SIGTERM')
  while (!master.hasEnded) {
    const answer = await call(`${pages.url}/api/jobs`, { json: { type: 'noop' } })
    if (answer.status === 502) break
    codes.add(answer.status)
    accepted.push(expectJob(answer, 202).id)
  }
  assert.equal([...codes], [202])
  assert.ok(accepted.length > 10, `${accepted.length} were accepted meanwhile`)
  assert.is((await master.ended).code, 0)
  const gone = await call(`${pages.url}/api/jobs`, { json: { type: 'noop' } })
  assert.is(gone.status, 502)
})

test.run()
