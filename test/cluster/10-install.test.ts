/** The installation, and what one user does with it. It runs first: the files that follow find the product there. */
import { existsSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { type JobView, runJob } from '../support/api.ts'
import type { Resource } from './support/api.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { podLine } from './support/evidence.ts'
import { autoscales, deploy, isInstalled, scaledObject, undeploy } from './support/installation.ts'
import { paths } from './support/names.ts'
import { reach } from './support/reach.ts'
import { record } from './support/recorder.ts'
import { isReady, podsOf, replicasOf, restartsOf } from './support/state.ts'

const SAMPLE = '../shared/sample-series/nyc_taxi.csv'
/** Longer than the HPA's period (15 s), so that it has looked at least once. */
const WATCHED_MS = 20_000

const test = clusterSuite('install')

test('`make deploy` installs it all: every pod gets Ready, and none is started twice', async ({ api }) => {
  // What an interrupted run has left.
  if (await isInstalled(api)) await undeploy(api)
  await deploy(api, 'kafka')
  const pods = await podsOf(api)
  for (const pod of pods) {
    assert.ok(isReady(pod), podLine(pod))
    assert.is(restartsOf(pod), 0, podLine(pod))
  }
  const components = new Set(pods.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component']))
  for (const name of ['frontend', 'backend-master', 'backend-slave', 'streamlit'])
    assert.ok(components.has(name), `there is a pod of ${name} among ${[...components].join(', ')}`)
  assert.is((await replicasOf(api, 'backend-slave')).desired, 3, 'slaves in the beginning')
})

test('the namespace enforces the restricted Pod Security Standard: a pod that asks for more is refused', async ({
  api,
}) => {
  const found = await api.get<Resource>(paths.namespace)
  assert.is(found?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted')
  const greedy = { hostNetwork: true, containers: [{ name: 'c', image: 'localhost/busybox:1' }] }
  const answer = await fetch(`${api.url}${paths.namespace}/pods?dryRun=All`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'greedy' }, spec: greedy }),
  })
  assert.is(answer.status, 403, await answer.text())
})

test('KEDA scales the slaves: its HPA reads the trigger’s metrics, and the Deployment names no replicas itself', async ({
  api,
}) => {
  const { spec } = await autoscales(api)
  assert.is(spec.minReplicaCount, 3)
  assert.ok((spec.maxReplicaCount ?? 0) >= 12, `at most ${spec.maxReplicaCount} slaves`)
  // `kubectl apply` of a Deployment that names them would take the autoscaler's number back.
  const { metadata } = await scaledObject(api)
  assert.is(metadata.deletionTimestamp, undefined)
})

/** A day's season with one odd hour, where the samples are not there. */
const generated = (): { timestamp: string; value: number }[] =>
  Array.from({ length: 1_000 }, (_, i) => ({
    timestamp: new Date(Date.UTC(2024, 0, 1) + i * 1_800_000).toISOString(),
    value: 100 + 50 * Math.sin((i * Math.PI) / 24) + (i >= 700 && i < 704 ? 400 : 0),
  }))

const sample = (): { timestamp: string; value: number }[] =>
  readFileSync(SAMPLE, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [timestamp = '', value = ''] = line.split(',')
      return { timestamp, value: Number(value) }
    })

test('a series posted through the Service that the ingress routes to comes back with its anomalies', async () => {
  const series = existsSync(SAMPLE) ? sample() : generated()
  const master = await reach('service/backend-master', 80)
  try {
    await master.open()
    const job: JobView = await runJob(master.url, { type: 'detect', payload: { series } }, 30)
    assert.is(job.status, 'succeeded', JSON.stringify(job.error))
    const { anomalies } = job.result as { anomalies: { start: number; end: number }[] }
    assert.ok(anomalies.length > 0, 'it finds something')
    for (const { start, end } of anomalies) assert.ok(start >= 0 && start <= end && end < series.length)
    assert.match(job.worker ?? '', /^backend-slave-/, 'a slave has run it, and its name is its pod’s')
  } finally {
    master.close()
  }
})

test('the pages answer through their Services', async () => {
  for (const [service, port, path] of [
    ['service/frontend', 80, '/'],
    ['service/streamlit', 8000, '/view'],
  ] as const) {
    const way = await reach(service, port)
    try {
      await way.open()
      const answer = await fetch(way.url + path, { redirect: 'follow' })
      assert.is(answer.status, 200, `${service}${path}`)
      assert.match(await answer.text(), /<html/i)
    } finally {
      way.close()
    }
  }
})

test('nothing scales without lag, though the autoscaler looks', async ({ api, store }) => {
  const recorder = await record(api, await store())
  await recorder.until('its period has passed', ({ at }) => at > WATCHED_MS, WATCHED_MS + 30_000)
  const samples = await recorder.stop()
  assert.equal([...new Set(samples.map(({ desired }) => desired))], [3])
  assert.equal([...new Set(samples.map(({ ready }) => ready))], [3])
})

test.run()
