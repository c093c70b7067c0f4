/** A master that reaches Kafka through a proxy, and what is asked of it while Kafka is away. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../until.ts'
import { type Answer, call, expectProblem, type JobView, type ProblemView } from './api.ts'
import { readLog } from './log.ts'
import { type Platform, setUp, startPlatform } from './platform.ts'
import type { RunningProcess } from './process.ts'
import { type KafkaProxy, startKafkaProxy } from './proxy.ts'

/** How long a submission may wait for Kafka. */
export const PUBLISH_TIMEOUT_MS = 1_500

interface Started {
  readonly platform: Platform
  readonly proxy: KafkaProxy
  readonly master: RunningProcess
}

/** Brings everything up before the tests of a suite and down after them; each begins with Kafka there. */
export const whileAway = (test: Test, name: string) => {
  let started: Started | undefined
  const parts = (): Started => {
    if (!started) throw new Error('it has not started')
    return started
  }

  setUp(test, async () => {
    const platform = await startPlatform(name, { PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS) })
    const proxy = await startKafkaProxy(platform.kafka)
    const [master] = await Promise.all([platform.master({ KAFKA_BROKERS: proxy.brokers }), platform.worker()])
    started = { platform, proxy, master }
  })
  test.before.each(async () => {
    await parts().proxy.set('pass')
    await accepted({ type: 'noop' })
  })
  test.after(async () => {
    await started?.proxy.set('pass')
    await started?.platform.stop().finally(() => started?.proxy.close())
  })

  const submit = (json: unknown, headers = {}): Promise<Answer> =>
    call(`${parts().master.url}/api/jobs`, { json, headers, limitMs: 15_000 })

  /** Submits until it is accepted; whatever comes before that must be an honest 503. */
  const accepted = (json: unknown, headers = {}, limitMs = 25_000): Promise<JobView> =>
    until(
      'a job is accepted again',
      async () => {
        const answer = await submit(json, headers)
        if (answer.status === 202) return answer.body as JobView
        expectAway(answer)
        return undefined
      },
      limitMs,
    )

  const expectAway = (answer: Answer): ProblemView => {
    const problem = expectProblem(answer, 503)
    assert.ok(['KAFKA_UNAVAILABLE', 'PUBLISH_UNKNOWN'].includes(problem.code), answer.text)
    assert.is(problem.retryable, true)
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    if (problem.code === 'PUBLISH_UNKNOWN') assert.match(problem.detail, 'Idempotency-Key')
    return problem
  }

  /**
   * Rounds of ten submissions, each of which has to be refused in time. Gives the payloads of those of which the answer
   * said for certain that they were not accepted.
   */
  const refusals = async (rounds: number): Promise<string[]> => {
    const unavailable: string[] = []
    for (let round = 0; round < rounds; round++) {
      const started = performance.now()
      const payloads = Array.from({ length: 10 }, () => randomUUID())
      const answers = await Promise.all(payloads.map((payload) => submit({ type: 'noop', payload })))
      const took = performance.now() - started
      assert.ok(took < PUBLISH_TIMEOUT_MS + 1_000, `${took} ms`)
      const codes = answers.map((answer) => expectAway(answer).code)
      unavailable.push(...payloads.filter((_, index) => codes[index] === 'KAFKA_UNAVAILABLE'))
    }
    return unavailable
  }

  /** Those of these payloads that are in the log. */
  const inLog = async (payloads: readonly string[]): Promise<string[]> => {
    const there = new Set(
      (await readLog(parts().platform, 'jobs')).map(({ value = 'null' }) => JSON.parse(value)?.payload),
    )
    return payloads.filter((payload) => there.has(payload))
  }

  const idsInLog = async (): Promise<string[]> =>
    (await readLog(parts().platform, 'jobs')).map(({ headers }) => headers['id'] ?? '')

  return { parts, submit, accepted, expectAway, refusals, inLog, idsInLog }
}
