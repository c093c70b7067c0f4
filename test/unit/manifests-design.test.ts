/** The manifests are what the deployment that the product replaces was: its names, ports, requests, limits and settings, to the letter. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Service } from 'kubernetes-models/v1/Service'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { manifestsFolder, readSettings } from '../../scaler/manifest/settings.ts'
import { render, whyNotRendered } from '../support/manifests.ts'
import { environmentOf, type Workload, workloadsOf } from '../support/workloads.ts'

const test = suite('the manifests and the design')
const reason = whyNotRendered()
if (reason !== undefined) console.log(`SKIPPED: the manifests and the design: ${reason}`)
const rendered = reason === undefined ? test : test.skip

const trial = reason === undefined ? render('manifests/overlays/trial') : []
const workload = (name: string): Workload => {
  const found = workloadsOf(trial).find((it) => it.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}
const main = (name: string) => {
  const [container] = workload(name).pod.containers
  if (!container) throw new Error(`${name} has no container`)
  return container
}

rendered(
  'all of it is in the namespace anomgrd, which grants no pod more than the restricted standard',
  () => {
    const [namespace] = trial.filter(({ kind }) => kind === 'Namespace')
    assert.is(namespace?.metadata.name, 'anomgrd')
    assert.is(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted')
    for (const { kind, metadata } of trial) {
      if (kind !== 'Namespace') assert.is(metadata.namespace, 'anomgrd', `${kind}/${metadata.name}`)
    }
  },
)

rendered('requests and limits', () => {
  const resources = (name: string) => main(name).resources
  assert.equal(resources('frontend'), {
    requests: { cpu: '250m', memory: '256Mi' },
    limits: { cpu: '500m', memory: '512Mi' },
  })
  assert.equal(resources('backend-master'), {
    requests: { cpu: '500m', memory: '256Mi' },
    limits: { cpu: '1', memory: '512Mi' },
  })
  assert.equal(resources('backend-slave')?.limits, { cpu: '500m', memory: '512Mi' })
})

test('PostgreSQL takes the connections of the largest fleet, also while an update rolls out', () => {
  const { scaling, database } = readSettings('base/settings.env')
  const conf = readFileSync(join(manifestsFolder, 'components/embedded/postgres/postgresql.conf'), 'utf8')
  const each = database.pool + 1
  // Half as many workers again; a master is two processes, and for a while there are two; a scaler, KEDA, and three that PostgreSQL keeps back.
  const most = Math.ceil(1.5 * scaling.maxReplicas) * each + 4 * each + 2 + 5 + 3
  assert.ok(Number(/^max_connections = (\d+)$/m.exec(conf)?.[1]) >= most, `${most} connections`)
})

rendered('replicas: one of each, and of the workers what KEDA says', () => {
  for (const name of ['frontend', 'backend-master', 'streamlit']) assert.is(workload(name).replicas, 1, name)
  assert.is(workload('backend-slave').replicas, undefined)
})

rendered('settings: node ids and types, jobs a node, jobs in parallel, the API’s address', () => {
  const settings = trial.find(
    (object) => ConfigMap.is(object) && object.metadata?.name?.startsWith('anomalyguard-'),
  )
  const data = ConfigMap.is(settings) ? (settings.data ?? {}) : {}
  assert.is(data['MASTER_NODE_JOB_COUNT'], '50')
  assert.is(data['JOBS_PER_NODE'], '200')
  assert.is(data['LAG_THRESHOLD'], '200')
  assert.is(data['MIN_REPLICAS'], '3')

  const master = environmentOf(main('backend-master'))
  assert.is(master.get('NODE_ID'), 'master_node_1')
  assert.is(master.get('NODE_TYPE'), 'master')
  assert.is(master.get('MAX_PARALLEL_JOBS'), '3')
  const slave = environmentOf(main('backend-slave'))
  assert.is(slave.get('NODE_TYPE'), 'child')
  assert.is(slave.get('MAX_PARALLEL_JOBS'), '5')
  assert.is(environmentOf(main('streamlit')).get('API_URL'), 'http://backend-master/api')
})

rendered(
  'the database’s address comes from Secret anomalyguard-db, to those that need it and nobody else',
  () => {
    const readers = workloadsOf(trial).flatMap(({ name, containers }) =>
      containers
        .filter(({ env = [] }) => env.some((it) => it.valueFrom?.secretKeyRef?.name === 'anomalyguard-db'))
        .map((container) => `${name}/${container.name}`),
    )
    assert.equal(readers.sort(), [
      'backend-master/backend-master',
      'backend-master/install',
      'backend-slave/backend-slave',
    ])
  },
)

rendered('images come from the private registry, with its pull secret and a version', () => {
  for (const { name, pod, containers } of workloadsOf(trial)) {
    for (const { image = '' } of containers) assert.match(image, /^[a-z0-9.-]+\.[a-z]+\/.+:[0-9]/, name)
    if (name === 'kafka' || name === 'postgres') continue
    for (const { image } of containers)
      assert.match(image ?? '', /^acranomalyguard\.azurecr\.io\/anomalyguard:/)
    assert.equal(pod.imagePullSecrets, [{ name: 'acr-pull-secret' }], name)
  }
})

rendered('Services: frontend 80, backend-master 80, streamlit 8000, and none of the workers', () => {
  const services = Object.fromEntries(
    trial.flatMap((object) =>
      Service.is(object) ? [[object.metadata?.name, object.spec?.ports?.map(({ port }) => port)]] : [],
    ),
  )
  assert.equal(services, {
    frontend: [80],
    'backend-master': [80],
    streamlit: [8000],
    kafka: [9092],
    postgres: [5432],
  })
})

rendered('two Ingresses: / and /api in the one, /view in the other', () => {
  const routes = trial.flatMap((object) =>
    Ingress.is(object)
      ? [
          (object.spec?.rules ?? []).flatMap(({ http }) =>
            (http?.paths ?? []).map(
              ({ path, backend }) => `${path} → ${backend.service?.name}:${backend.service?.port?.number}`,
            ),
          ),
        ]
      : [],
  )
  assert.equal(routes.map((it) => it.sort()).sort(), [
    ['/ → frontend:80', '/api → backend-master:80'],
    ['/view → streamlit:8000'],
  ])
})

test.run()
