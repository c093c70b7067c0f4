/** What the producer does where a broker takes the request and refuses it, or falls silent. */
import kafkajs from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { type Fate, type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { judgeLog, type Submission } from '../support/submissions.ts'
import { until } from '../until.ts'

const NOT_LEADER = 6

const test = suite('Publishing to a broker that refuses or falls silent')
let parts: { platform: Platform; proxy: KafkaProxy; master: RunningProcess } | undefined
const started = (): NonNullable<typeof parts> => {
  if (!parts) throw new Error('it has not started')
  return parts
}

setUp(test, async () => {
  const platform = await startPlatform('refused')
  const proxy = await startKafkaProxy(platform.kafka)
  const master = await platform.master({ KAFKA_BROKERS: proxy.brokers })
  parts = { platform, proxy, master }
})
test.after(async () => {
  await parts?.platform.stop().finally(() => parts?.proxy.close())
})

test('a leader that says it leads no more is asked again, and the order of a key holds', async () => {
  const { platform, proxy, master } = started()
  const fates: Fate[] = []
  let requests = 0
  proxy.judge((request) => {
    if (!request.includes(platform.topic('jobs'))) return 'pass'
    requests++
    return fates.shift() ?? 'pass'
  })
  const submissions: Submission[] = []
  for (let n = 0; n < 4; n++) {
    fates.push({ says: NOT_LEADER }, { says: NOT_LEADER })
    const json = { type: 'noop', key: 'k', payload: `${n}` }
    const { id } = expectJob(await call(`${master.url}/api/jobs`, { json }), 202)
    submissions.push({ marker: json.payload, key: json.key, id, code: undefined })
  }
  assert.is(requests, 12)
  // The proxy has only said so: every request was appended.
  assert.is(judgeLog(submissions, await readLog(platform, 'jobs')).repeats, 8)
})

test('a job that is larger than the topic takes is told so, and no other notices', async () => {
  const { platform, master } = started()
  const admin = platform.kafka.admin()
  await admin.connect()
  const limit = async (value: string): Promise<void> => {
    const configEntries = [{ name: 'max.message.bytes', value }]
    const type = kafkajs.ConfigResourceTypes.TOPIC
    const resources = [{ type, name: platform.topic('jobs'), configEntries }]
    await admin.alterConfigs({ validateOnly: false, resources })
  }
  const submit = (payload: string) =>
    call(`${master.url}/api/jobs`, { json: { type: 'noop', key: 'one partition', payload } })
  await limit('20000')
  try {
    await until('the limit holds', async () => (await submit('x'.repeat(30_000))).status === 413)
    const small = Array.from({ length: 60 }, (_, n) => `${n}`.padEnd(1_000, '.'))
    const huge = submit('x'.repeat(30_000))
    const answers = await Promise.all(small.map(submit))
    expectProblem(await huge, 413, 'PAYLOAD_TOO_LARGE')
    const ids = answers.map((answer) => expectJob(answer, 202).id)
    assert.is((await call(`${master.url}/ready`)).status, 200)
    const log = await readLog(platform, 'jobs')
    const there = new Set(log.map(({ headers }) => headers['id']))
    assert.equal(
      ids.filter((id) => !there.has(id)),
      [],
    )
  } finally {
    await limit('1048588')
    await admin.disconnect()
  }
})

test('a job on a connection that has died without a word is accepted over another, within its time', async () => {
  const { platform, proxy, master } = started()
  proxy.strand()
  const { id } = expectJob(await call(`${master.url}/api/jobs`, { json: { type: 'noop' } }), 202)
  assert.ok((await readLog(platform, 'jobs')).some(({ headers }) => headers['id'] === id))
})

test.run()
