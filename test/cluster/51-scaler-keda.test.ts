/**
 * Our side of the external-push contract before the real KEDA: this process serves it values, as the external scaler does, and the
 * Deployment does as they say. It needs pods that reach this machine.
 */
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Unknown, Value } from '../../scaler/keda/answers.ts'
import { type GrpcServer, serveGrpc } from '../../scaler/keda/server.ts'
import { ActivityStreams } from '../../scaler/keda/streams.ts'
import { hpaMetric } from '../../scaler/policy/quantise.ts'
import { setUp } from '../support/platform.ts'
import { until } from '../until.ts'
import { kubectl } from './support/kubectl.ts'
import { inNamespace, sleepers } from './support/sleepers.ts'

const namespace = 'anomgrd-test-push'
const name = 'backend-slave'
/** One more than ten is within the HPA’s tolerance of 10 %. */
const MAX = 11
/** The HPA looks every 15 s, and takes some to begin. */
const LIMIT_MS = 90_000
const HELD_MS = 40_000

const { create, remove, k, apply } = inNamespace(namespace)

/** The address by which this machine reaches the API server, and so, where it is no loopback, pods may reach it. */
const ownAddress = async (): Promise<string> => {
  const view = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}']
  const { hostname, port } = new URL(await kubectl(view))
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port || 443), hostname, () => {
      resolve(socket.localAddress ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

const scaledObject = (address: string) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name },
  spec: {
    scaleTargetRef: { name },
    minReplicaCount: 0,
    maxReplicaCount: MAX,
    pollingInterval: 5,
    cooldownPeriod: 5,
    fallback: { failureThreshold: 1, replicas: 1, behavior: 'currentReplicasIfHigher' },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: 'Pods', value: 100, periodSeconds: 15 }],
          },
          scaleDown: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
          },
        },
      },
    },
    triggers: [
      { type: 'external-push', metadata: { scalerAddress: address, target: name, policy: 'drain-time' } },
    ],
  },
})

const address = await ownAddress()
const streams = new ActivityStreams()
const calls = new Map<string, number>()
let value: Value | Unknown = { metric: 0, active: false }
let grpc: GrpcServer

const serve = (port: number): Promise<GrpcServer> =>
  serveGrpc(
    {
      serves: { target: name, namespace, policy: 'drain-time', shadow: false },
      value: () => value,
      streams,
      onCall: (method, code) => calls.set(`${method} ${code}`, (calls.get(`${method} ${code}`) ?? 0) + 1),
    },
    port,
    '0.0.0.0',
  )
const replicas = async (): Promise<number> =>
  Number(await k('get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}'))
const want = async (to: number): Promise<void> => {
  value = { metric: hpaMetric(to, await replicas(), MAX), active: to > 0 }
}
const becomes = (to: number): Promise<unknown> =>
  until(`there are ${to}`, async () => (await replicas()) === to, LIMIT_MS)
const waitUntilCalled = (what: string): Promise<unknown> => {
  const before = calls.get(what) ?? 0
  return until(`KEDA gets ${what}`, () => (calls.get(what) ?? 0) > before, LIMIT_MS)
}

const test = suite('KEDA, scaled by our word')
const maybe = address.startsWith('127.') || address === '::1' ? test.skip : test
setUp(test, async () => {
  await create()
  grpc = await serve(0)
  await apply(sleepers(name))
  await apply(scaledObject(`${address}:${grpc.port}`))
})
test.after(async () => {
  await k('delete', 'scaledobject', name, '--ignore-not-found', '--timeout=30s').catch(console.error)
  await grpc?.stop()
  await remove()
})

maybe('it opens a stream and learns our metric', async () => {
  await until('there is an HPA', async () => (await k('get', 'hpa', '-o', 'name')) !== '', LIMIT_MS)
  await until('it listens', () => streams.size > 0, LIMIT_MS)
  const hpa = JSON.parse(await k('get', 'hpa', `keda-hpa-${name}`, '-o', 'json')) as {
    spec: { metrics: { external: { metric: { name: string }; target: unknown } }[] }
  }
  const [metric] = hpa.spec.metrics
  assert.is(metric?.external.metric.name, 's0-anomalyguard-workers')
  assert.equal(metric?.external.target, { type: 'AverageValue', averageValue: '1' })
})

maybe('a true on the stream takes it from zero at once, long before it would ask', async () => {
  assert.is(await replicas(), 0)
  await want(1)
  const told = performance.now()
  streams.tell(true, true)
  await until('there is one', async () => (await replicas()) === 1, 5_000)
  console.log(`woken after ${Math.round(performance.now() - told)} ms, kubectl included`)
})

maybe('the HPA goes where the value says, also within its tolerance of the maximum, and back', async () => {
  await want(MAX - 1)
  await becomes(MAX - 1)
  await want(MAX)
  await becomes(MAX)
  await want(3)
  await becomes(3)
})

maybe('while we know nothing, and while we are away, what there is stays', async () => {
  value = { unknown: 'Kafka is away' }
  await waitUntilCalled('GetMetrics UNAVAILABLE')
  const { port } = grpc
  const since = performance.now()
  let least = Number.POSITIVE_INFINITY
  while (performance.now() - since < HELD_MS) {
    least = Math.min(least, await replicas())
    if (performance.now() - since > HELD_MS / 2 && streams.size > 0) await grpc.stop()
  }
  assert.is(least, 3)
  const status = await k(
    'get',
    'scaledobject',
    name,
    '-o',
    'jsonpath={.status.conditions[?(@.type=="Fallback")].status}',
  )
  assert.is(status, 'True')
  grpc = await serve(port)
  await want(2)
  await becomes(2)
  await until('it listens again', () => streams.size > 0, LIMIT_MS)
})

maybe('without work it goes to zero after the cooldown', async () => {
  await want(0)
  await becomes(0)
})

test.run()
