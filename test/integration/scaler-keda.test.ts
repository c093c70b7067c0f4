import { status } from '@grpc/grpc-js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { type Answered, type Keda, openKeda } from '../support/keda.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { Env, RunningProcess } from '../support/process.ts'
import { type KafkaProxy, startKafkaProxy } from '../support/proxy.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let kafka: KafkaProxy
let postgres: TcpProxy
let through: Env
let scaler: RunningProcess
let keda: Keda

const test = suite('the external scaler, asked as KEDA asks')

setUp(test, async () => {
  const databaseUrl = process.env['DATABASE_URL'] ?? ''
  platform = await startPlatform('keda', { MIN_REPLICAS: '0', MAX_REPLICAS: '4' })
  kafka = await startKafkaProxy(platform.kafka)
  postgres = await startTcpProxy(databaseUrl)
  through = { KAFKA_BROKERS: kafka.brokers, DATABASE_URL: postgres.through(databaseUrl) }
  ;[master, scaler] = await Promise.all([platform.master(), platform.externalScaler(through)])
  keda = openKeda(grpcPortOf(scaler))
  await until('it has a value', async () => codeOf(await keda.metric()) === status.OK)
})
test.before.each(async () => {
  await Promise.all([kafka.set('pass'), postgres.set('pass')])
})
test.after(async () => {
  keda?.close()
  await Promise.all([kafka?.set('pass'), postgres?.set('pass')])
  await platform?.stop()
  await Promise.all([kafka?.close(), postgres?.close()])
})

interface Scaling {
  readonly lag: number
  readonly replicas: { readonly min: number; readonly max: number; readonly desired: number }
  readonly decisions: readonly {
    readonly from: number
    readonly to: number
    readonly reason: string
    readonly policy?: string
    readonly shadow?: boolean
  }[]
}
const scaling = async (): Promise<Scaling> =>
  (await call(`${master.url}/api/scaling`)).body as unknown as Scaling

const grpcPortOf = (scaler: RunningProcess): number =>
  Number(/"grpcPort":(\d+)/.exec(scaler.output())?.[1] ?? Number.NaN)

const answerOf = <T>(answered: Answered<T>): T => {
  if ('value' in answered) return answered.value
  throw new Error(`${answered.code}: ${answered.details}`)
}
const codeOf = (answered: Answered<unknown>): number => ('code' in answered ? answered.code : status.OK)

/** Waits until jobs are gone, however. */
const clear = async (): Promise<void> => {
  const worker = await platform.worker()
  await until('nothing is left to do', async () => (await scaling()).lag === 0)
  await worker.stop()
}

test('without work KEDA is told to keep none; work wakes the fleet within a second, and the master says why', async () => {
  assert.equal(answerOf(await keda.metricSpecs()), [{ name: 'anomalyguard-workers', target: 1 }])
  assert.is(answerOf(await keda.metric()), 0)
  assert.is(answerOf(await keda.isActive()), false)
  assert.is(await keda.streamMetricSpec(), status.UNIMPLEMENTED)
  keda.listen()
  await until('the stream is there', () => keda.heard.length > 0)
  assert.equal(keda.heard, [false])

  const posted = performance.now()
  await call(`${master.url}/api/jobs`, { json: { type: 'noop' } })
  await until('KEDA hears of work', () => keda.heard.includes(true))
  const tookMs = performance.now() - posted
  assert.ok(tookMs < 1_500, `${tookMs} ms`)
  assert.is(answerOf(await keda.isActive()), true)
  assert.is(answerOf(await keda.metric()), 1)
  await until(
    'it is told again while there is no worker',
    () => keda.heard.filter((it) => it === true).length > 1,
  )
  const { decisions, replicas } = await until('the master knows', async () => {
    const now = await scaling()
    return now.replicas.desired === 1 && now
  })
  assert.equal(replicas, { min: 0, max: 4, desired: 1, ready: 0 })
  assert.is(decisions[0]?.policy, 'drain-time')
  assert.is(decisions[0]?.shadow, undefined)
  assert.match(decisions[0]?.reason ?? '', /^1 job waiting.*0 → 1/)
  await clear()

  const { text } = await call(`${scaler.url}/metrics`)
  for (const line of [
    'anomgrd_scaler_backlog_jobs{node="scaler-',
    'anomgrd_scaler_objective_seconds{node="scaler-',
    'anomgrd_scaler_decisions_total{policy="drain-time",direction="up",shadow="false"',
    'anomgrd_scaler_grpc_calls_total{method="GetMetrics",code="OK"',
  ])
    assert.ok(text.includes(line), line)
})

test('a ScaledObject that asks for something else is refused, whatever it calls', async () => {
  const wrong = openKeda(grpcPortOf(scaler), { target: 'frontend' })
  const answers = [await wrong.metricSpecs(), await wrong.isActive(), await wrong.metric()]
  assert.equal(answers.map(codeOf), [
    status.INVALID_ARGUMENT,
    status.INVALID_ARGUMENT,
    status.INVALID_ARGUMENT,
  ])
  const [first] = answers
  assert.ok(first && 'details' in first && first.details.includes('serves backend-slave only'))
  wrong.listen()
  await until('the stream is refused', () => wrong.heard[0] === status.INVALID_ARGUMENT)
  wrong.close()
  assert.is(codeOf(await keda.metric('another')), status.INVALID_ARGUMENT)
  assert.is(codeOf(await keda.metric()), status.OK)
})

for (const [what, away] of [
  ['Kafka', (): Promise<void> => kafka.set('refuse')],
  ['PostgreSQL', (): Promise<void> => postgres.set('refuse')],
  ['Kafka, without a word,', (): Promise<void> => kafka.set('swallow')],
] as const) {
  test(`while ${what} is away KEDA gets no value, within 15 s, and /ready warns; then one again`, async () => {
    await until('it has a value', async () => codeOf(await keda.metric()) === status.OK)
    const gone = performance.now()
    await away()
    const refused = await until(
      'it has none',
      async () => {
        const it = await keda.metric()
        return 'code' in it && it
      },
      20_000,
    )
    const tookMs = performance.now() - gone
    assert.is(refused.code, status.UNAVAILABLE)
    assert.ok(refused.details.includes('can’t be counted'), refused.details)
    assert.ok(tookMs < 15_000, `${tookMs} ms`)
    assert.is(codeOf(await keda.isActive()), status.UNAVAILABLE)
    assert.is(codeOf(await keda.metricSpecs()), status.OK, 'else KEDA would take the metric off the HPA')
    const ready = await call(`${scaler.url}/ready`)
    assert.is(ready.status, 200)
    assert.ok(ready.text.includes('can’t be counted'), ready.text)
    await Promise.all([kafka.set('pass'), postgres.set('pass')])
    await until('it has a value again', async () => codeOf(await keda.metric()) === status.OK, 20_000)
  })
}

test('when it goes it ends streams in order, so that KEDA is back at the next one after two seconds', async () => {
  const listener = openKeda(grpcPortOf(scaler))
  listener.listen()
  await until('the stream is there', () => listener.heard.length > 0)
  await scaler.stop()
  await until('it has ended', () => listener.heard.includes('end'))
  assert.equal(listener.heard, [false, 'end'], 'not with an error')
  listener.close()
})

test('a shadow explains, and lets no ScaledObject follow it', async () => {
  const shadow = await platform.externalScaler({ ...through, SCALER_SHADOW: 'true' })
  const asked = openKeda(grpcPortOf(shadow))
  const answers = [await asked.metricSpecs(), await asked.isActive(), await asked.metric()]
  const refused = status.FAILED_PRECONDITION
  assert.equal(answers.map(codeOf), [refused, refused, refused])
  await call(`${master.url}/api/jobs`, { json: { type: 'noop' } })
  const { decisions, replicas } = await until('it has decided', async () => {
    const now = await scaling()
    return now.decisions[0]?.shadow === true && now.decisions[0].to === 1 && now
  })
  assert.is(decisions[0]?.policy, 'drain-time')
  assert.is(replicas.desired, 0, 'what is wanted is what there is')
  asked.close()
  await shadow.stop()
})

test.run()
