/**
 * The proof of the producer: connections to Kafka are cut between the broker's append and its answer, at random, while
 * single jobs and batches of equal size queue behind. `SEED=` repeats the faults of a run.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, type JobView, type ProblemView } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { type Fate, type Judge, type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { randomFrom } from '../support/random.ts'
import { judgeLog, lost, markerOf, type Submission } from '../support/submissions.ts'
import { until } from '../until.ts'

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31))
const random = randomFrom(seed)

const test = suite(`Publishing through cut connections (SEED=${seed})`)
let parts: { platform: Platform; proxy: KafkaProxy; master: RunningProcess } | undefined
const started = (): NonNullable<typeof parts> => {
  if (!parts) throw new Error('it has not started')
  return parts
}

setUp(test, async () => {
  const platform = await startPlatform('proof', { PUBLISH_TIMEOUT_MS: '1000' })
  const proxy = await startKafkaProxy(platform.kafka)
  const master = await platform.master({ KAFKA_BROKERS: proxy.brokers })
  parts = { platform, proxy, master }
})
test.after(async () => {
  await parts?.proxy.set('pass')
  await parts?.platform.stop().finally(() => parts?.proxy.close())
})

const counts = { requests: 0, cut: 0, half: 0, lose: 0, late: 0, slow: 0 }

/** Decides about the produce requests to one topic; what else a process publishes goes through. */
const judging =
  (topic: string, decide: (request: Buffer) => Fate): Judge =>
  (request) => {
    if (!request.includes(topic)) return 'pass'
    const fate = decide(request)
    counts.requests++
    if (typeof fate === 'object') counts['late' in fate ? 'late' : 'slow']++
    else if (fate !== 'pass') counts[fate]++
    return fate
  }

const sometimes = (): Fate => {
  const kind = random()
  if (kind < 0.08) return 'cut'
  if (kind < 0.12) return 'half'
  if (kind < 0.15) return 'lose'
  if (kind < 0.22) return { late: Math.floor(random() * 400) }
  if (kind < 0.3) return { slow: Math.floor(random() * 200) }
  return 'pass'
}

/** Lines that come ten at a time, so that a batch is spread over many produce requests of equal size. */
async function* pieces(jobs: readonly unknown[]): AsyncGenerator<string> {
  for (let at = 0; at < jobs.length; at += 10) {
    yield ndjson(jobs.slice(at, at + 10))
    await delay(1)
  }
}

/** Clients that submit until they are told to stop. */
const startClients = (url: string) => {
  let over = false
  /** Answers that the outcome is unknown. */
  const unknown = { keyed: 0, keyless: 0, stubborn: 0 }
  /** Jobs that were accepted after it had been unknown whether they were. */
  let cleared = 0
  const submissions: Submission[] = []
  const post = async (client: keyof typeof unknown, json: unknown, headers = {}): Promise<Answer> => {
    const answer = await call(`${url}/api/jobs`, { json, headers, limitMs: 15_000 })
    if ((answer.body as ProblemView).code === 'PUBLISH_UNKNOWN') unknown[client]++
    return answer
  }
  const note = ({ status, body }: Answer, marker: string, key: string | undefined): Submission => {
    const submission = {
      marker,
      key,
      id: status === 202 ? (body as JobView).id : undefined,
      code: status === 202 ? undefined : (body as ProblemView).code,
    }
    submissions.push(submission)
    return submission
  }
  const turns = async (turn: (n: number) => Promise<void>): Promise<void> => {
    for (let n = 0; !over; n++) await turn(n)
  }

  /** One job after the other; after a 503 it goes on with the next. */
  const single = (client: 'keyed' | 'keyless', number: number): Promise<void> =>
    turns(async (n) => {
      const marker = markerOf(`${client}${number}`, n)
      const key = client === 'keyed' ? `key-${number}` : undefined
      const { id } = note(await post(client, { type: 'noop', key, payload: marker }), marker, key)
      if (id === undefined) await delay(20)
    })

  /** One job after the other, each repeated until it is accepted. */
  const stubborn = (name: string, key: string): Promise<void> =>
    turns(async (n) => {
      const marker = markerOf(name, n)
      const json = { type: 'noop', key, payload: marker }
      let wasUnknown = false
      const answer = await until(
        `${marker} is accepted`,
        async () => {
          const answer = await post('stubborn', json, { 'idempotency-key': marker })
          wasUnknown ||= (answer.body as ProblemView).code === 'PUBLISH_UNKNOWN'
          return answer.status === 202 && answer
        },
        60_000,
      )
      note(answer, marker, key)
      if (wasUnknown) cleared++
    })

  /** One batch after the other: every fourth line keyless, the others of three keys. */
  const batches = (name: string, lines: number): Promise<void> =>
    turns(async (n) => {
      const jobs = Array.from({ length: lines }, (_, line) => ({
        type: 'noop',
        payload: markerOf(name, n * lines + line),
        ...(line % 4 === 0 ? {} : { key: `${name}-${line % 4}` }),
      }))
      const { answers } = await sendBatch(url, pieces(jobs))
      assert.is(answers.length, lines, 'an answer a line')
      for (const [index, { id, code }] of answers.entries()) {
        const { payload = '', key } = jobs[index] ?? {}
        submissions.push({ marker: payload, key, id, code })
      }
      if (answers.some(({ code }) => code !== undefined)) await delay(100)
    })

  const clients = Promise.all([
    ...Array.from({ length: 6 }, (_, n) => single('keyed', n)),
    ...Array.from({ length: 6 }, (_, n) => single('keyless', n)),
    ...Array.from({ length: 6 }, (_, n) => stubborn(`stubborn${n}`, `same-${n}`)),
    ...Array.from({ length: 3 }, (_, n) => batches(`batch${n}`, 120)),
  ])
  // It is told by the stop.
  clients.catch(() => {})
  return {
    submissions,
    unknown,
    cleared: () => cleared,
    stop: (): Promise<unknown> => {
      over = true
      return clients
    },
  }
}

test('every 202 is in the log, in the order of its key, and a 503 says the truth', async () => {
  const { platform, proxy, master } = started()
  const jobs = platform.topic('jobs')
  proxy.judge(judging(jobs, sometimes))
  const clients = startClients(master.url)
  const requests = async (more: number): Promise<void> => {
    const enough = counts.requests + more
    await until(`${more} more requests`, () => counts.requests >= enough, 60_000)
  }
  /** The requests with a job of these clients have this fate until some of them are told that the outcome is unknown. */
  const insist = async (fate: Fate, client: keyof typeof clients.unknown): Promise<void> => {
    proxy.judge(judging(jobs, (request) => (request.includes(client) ? fate : 'pass')))
    // Twice: the first may have been on its way before.
    for (let time = 1; time <= 2; time++) {
      const before = clients.unknown[client]
      await until('an outcome is unknown', () => clients.unknown[client] > before, 60_000)
      await delay(300)
    }
  }
  try {
    await requests(50)
    // Jobs of which the outcome is unknown: they are not there, or they are and will be repeated.
    await insist('lose', 'keyed')
    await insist('cut', 'stubborn')
    proxy.judge(judging(jobs, sometimes))
    await requests(40)
    await proxy.set('refuse')
    await delay(1_500)
    await proxy.set('pass')
    await requests(30)
  } finally {
    proxy.judge(() => 'pass')
    await proxy.set('pass')
    await clients.stop()
  }
  // Late ones are delivered by now at the latest.
  await delay(400)
  const verdict = judgeLog(clients.submissions, await readLog(platform, 'jobs'))
  console.log(JSON.stringify({ ...counts, ...verdict, cleared: clients.cleared() }))
  assert.ok(counts.cut > 5 && counts.lose > 2 && counts.late > 0 && counts.slow > 0, 'there were faults')
  assert.ok(verdict.repeats > 0, 'that left repeats')
  assert.ok(clients.cleared() > 0, 'unknown ones were repeated, and had the same id')
  assert.ok(verdict.accepted > 1_000 && verdict.unavailable > 0)
  assert.ok(verdict.unknownInLog < verdict.unknown, 'unknown means unknown')
  assert.is(master.hasEnded, false)
})

test('the proof can fail: kafkajs’s idempotent producer loses acknowledged jobs to the same cuts', async () => {
  const { platform, proxy } = started()
  const topic = `${platform.prefix}.idempotent`
  const admin = platform.kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await admin.disconnect()
  const fates: Fate[] = []
  proxy.judge(judging(topic, () => fates.shift() ?? 'pass'))
  const producer = new kafkajs.Kafka({
    brokers: proxy.brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  }).producer({ idempotent: true, maxInFlightRequests: 1, retry: { initialRetryTime: 50 } })
  await producer.connect()
  const send = async (marker: string): Promise<Submission> => {
    const messages = [{ partition: 0, value: marker, headers: { id: marker } }]
    const id = await producer.send({ topic, acks: -1, messages }).then(
      () => marker,
      () => undefined,
    )
    return { marker, key: undefined, id, code: undefined }
  }
  const submissions: Submission[] = []
  for (let round = 0; round < 10; round++) {
    fates.push('cut')
    submissions.push(...(await Promise.all(['a', 'b', 'c'].map((name) => send(markerOf(name, round))))))
  }
  await producer.disconnect()
  const log = await readLog({ ...platform, topic: () => topic }, 'jobs')
  const missing = lost(submissions, new Set(log.map(({ headers }) => headers['id'] ?? '')))
  console.log(`kafkajs’s idempotent producer lost ${missing.length} of ${submissions.length}`)
  assert.ok(missing.length > 0)
})

test.run()
