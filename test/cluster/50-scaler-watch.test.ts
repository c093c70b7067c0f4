/** The external scaler's way to the API server, with the rights that its Role gives it and no others, in a namespace of its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CoreV1Api } from '@kubernetes/client-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cluster, findCluster } from '../../scaler/kubernetes/connection.ts'
import { apiSource, DeploymentWatch, type Target } from '../../scaler/kubernetes/deployment.ts'
import { apiSink, EventRecorder } from '../../scaler/kubernetes/events.ts'
import { quiet } from '../fixtures/quiet.ts'
import { setUp } from '../support/platform.ts'
import { until } from '../until.ts'
import { kubectl } from './support/kubectl.ts'
import { inNamespace, sleepers } from './support/sleepers.ts'

const namespace = 'anomgrd-test-scaler'
const name = 'backend-slave'
const access = fileURLToPath(new URL('../../manifests/components/scaler/access.yaml', import.meta.url))
const LIMIT_MS = 60_000
const { create, remove, k, apply } = inNamespace(namespace)
const deployment = sleepers(name)

/** The cluster as the scaler's ServiceAccount reaches it. */
const asScaler = async (folder: string): Promise<Cluster> => {
  const token = (await k('create', 'token', 'scaler')).trim()
  const raw = ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']
  const own = JSON.parse(await kubectl(raw)) as { clusters: { name: string }[] }
  const cluster = own.clusters[0]?.name
  const file = join(folder, 'kubeconfig')
  const context = { name: 'scaler', context: { cluster, user: 'scaler', namespace } }
  const users = [{ name: 'scaler', user: { token } }]
  writeFileSync(file, JSON.stringify({ ...own, contexts: [context], users, 'current-context': 'scaler' }))
  const found = findCluster({ target: name, namespace: undefined, kubeconfig: file })
  if (!found) throw new Error('no cluster was found')
  return found
}

let folder: string
let cluster: Cluster

const test = suite('the scaler at the API server')
setUp(test, async () => {
  folder = mkdtempSync(join(tmpdir(), 'scaler-'))
  await create()
  await kubectl(['-n', namespace, 'apply', '-f', '-'], { input: readFileSync(access, 'utf8') })
  await apply(deployment)
  cluster = await asScaler(folder)
})
test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await remove()
})

test('it sees the Deployment scaled, its pods Ready, and the Deployment gone and made anew', async () => {
  assert.is(cluster.namespace, namespace)
  const seen: Target[] = []
  const watch = new DeploymentWatch(apiSource(cluster, name), name, quiet, (target) => seen.push(target))
  watch.start()
  await until('it is there', () => watch.latest !== undefined, LIMIT_MS)
  assert.equal([watch.latest?.replicas, watch.latest?.ready, watch.failure], [0, 0, undefined])

  const scaledAt = performance.now()
  await k('scale', 'deployment', name, '--replicas=2')
  await until('two are asked for', () => watch.latest?.replicas === 2, LIMIT_MS)
  const toldMs = performance.now() - scaledAt
  await until('two are Ready', () => watch.latest?.ready === 2 && watch.latest.existing === 2, LIMIT_MS)
  assert.ok(
    seen.some(({ replicas, ready }) => replicas === 2 && ready < 2),
    'those on their way were seen, too',
  )
  await k('scale', 'deployment', name, '--replicas=0')
  await until('none is there', () => watch.latest?.existing === 0 && watch.latest.ready === 0, LIMIT_MS)

  const uid = watch.latest?.uid
  await k('delete', 'deployment', name)
  await until('it is gone', () => watch.latest === undefined, LIMIT_MS)
  assert.is(watch.failure, `there is no Deployment ${name}`)
  await apply(deployment)
  await until('it is there again', () => watch.latest !== undefined, LIMIT_MS)
  assert.is.not(watch.latest?.uid, uid)
  assert.is(watch.failure, undefined)
  watch.stop()
  console.log(`a change of spec.replicas was told within ${Math.round(toldMs)} ms, kubectl included`)
})

test('a resourceVersion that has expired, and a watch that is cut, cost no change', async () => {
  const source = apiSource(cluster, name)
  let watches = 0
  const watch = new DeploymentWatch(
    {
      list: source.list,
      watch(version, on, signal) {
        watches++
        // 1 is what a compacted store has forgotten; a second watch is cut after a moment.
        if (watches === 1) return source.watch('1', on, signal)
        const cut = watches === 2 ? AbortSignal.any([signal, AbortSignal.timeout(500)]) : signal
        return source.watch(version, on, cut)
      },
    },
    name,
    quiet,
  )
  watch.start()
  await until('it watches for the third time', () => watches >= 2, LIMIT_MS)
  await k('scale', 'deployment', name, '--replicas=1')
  await until('the change is seen', () => watch.latest?.replicas === 1, LIMIT_MS)
  await k('scale', 'deployment', name, '--replicas=0')
  await until('the next one, too', () => watch.latest?.replicas === 0, LIMIT_MS)
  watch.stop()
})

interface EventView {
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly type: string
}

test('decisions are Events of the Deployment, counted where they repeat', async () => {
  const { uid } = (
    JSON.parse(await k('get', 'deployment', name, '-o', 'json')) as { metadata: { uid: string } }
  ).metadata
  const reporter = { component: 'anomalyguard-scaler', instance: 'test' }
  const recorder = new EventRecorder(
    apiSink(cluster, () => ({ name, uid }), reporter),
    quiet,
    100,
  )
  const events = async (): Promise<readonly EventView[]> => {
    const selector = `involvedObject.uid=${uid},source=anomalyguard-scaler`
    const found = JSON.parse(await k('get', 'events', `--field-selector=${selector}`, '-o', 'json'))
    return (found as { items: EventView[] }).items
  }
  recorder.say({ type: 'Normal', reason: 'ScalingUp', message: '3 → 9', series: 'up' })
  for (const n of [1, 2, 3]) {
    recorder.say({ type: 'Normal', reason: 'ScalingHeld', message: `held ${n}`, series: 'held' })
    await until(`${n} is told`, async () => (await events()).some(({ message }) => message === `held ${n}`))
  }
  const told = (await events()).map(({ reason, message, count, type }) => [type, reason, message, count])
  assert.equal(told.toSorted(), [
    ['Normal', 'ScalingHeld', 'held 3', 3],
    ['Normal', 'ScalingUp', '3 → 9', 1],
  ])
  assert.match(await k('describe', 'deployment', name), 'anomalyguard-scaler')
  assert.is(recorder.failure, undefined)

  // As the API server forgets them after an hour.
  await k('delete', 'events', '--all')
  recorder.say({ type: 'Normal', reason: 'ScalingUp', message: '3 → 9 again', series: 'up' })
  await until('it is written anew', async () =>
    (await events()).some(({ message }) => message === '3 → 9 again'),
  )
  recorder.stop()
})

test('its Role lets it do that, and nothing else', async () => {
  const core = cluster.kubeConfig.makeApiClient(CoreV1Api)
  for (const [what, ask] of [
    ['read pods', () => core.listNamespacedPod({ namespace })],
    ['read Secrets', () => core.listNamespacedSecret({ namespace })],
    ['read Events', () => core.listNamespacedEvent({ namespace })],
  ] as const) {
    const code = await ask().then(
      () => 200,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    )
    assert.is(code, 403, what)
  }
  const other = new DeploymentWatch(apiSource(cluster, 'another'), 'another', quiet)
  other.start()
  await until('another Deployment is refused', () => other.failure?.includes('can’t be asked') === true)
  other.stop()
})

test.run()
