/** What the rendered workloads, and what belongs to them, hold to in every overlay. */

import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IContainer } from 'kubernetes-models/v1/Container'
import { Service } from 'kubernetes-models/v1/Service'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeConfig, readConfig } from '../../core/config.ts'
import { type KubeObject, ofKind, overlays, render, whyNotRendered } from '../support/manifests.ts'
import { selects } from '../support/network.ts'
import { ownFaults, restrictedFaults } from '../support/pod-standard.ts'
import { environmentOf, portsOf, type Workload, workloadsOf } from '../support/workloads.ts'

const test = suite('the pods of the manifests')
const reason = whyNotRendered()
if (reason !== undefined) console.log(`SKIPPED: the pods of the manifests: ${reason}`)
const rendered = reason === undefined ? test : test.skip

/** Faults of all overlays, each with its overlay. */
const faultsOfAll = (
  faultsOf: (workloads: readonly Workload[], objects: readonly KubeObject[]) => readonly string[],
): readonly string[] =>
  overlays().flatMap((overlay) => {
    const objects = render(overlay)
    return faultsOf(workloadsOf(objects), objects).map((fault) => `${overlay}: ${fault}`)
  })

const isOurs = ({ name }: Workload): boolean => name !== 'kafka' && name !== 'postgres'

rendered('every pod keeps to the restricted Pod Security Standard', () => {
  assert.equal(
    faultsOfAll((workloads) => workloads.flatMap(restrictedFaults)),
    [],
  )
})

rendered('every pod has a read-only root, requests, limits and probes; only the scaler has a token', () => {
  const faults = faultsOfAll((workloads) => [
    ...workloads.flatMap(ownFaults),
    ...workloads.flatMap(({ name, pod }) =>
      pod.automountServiceAccountToken === (name === 'scaler') ? [] : [`${name}: token`],
    ),
  ])
  assert.equal(faults, [])
})

rendered('selectors match the labels of their pods, and those of no other workload', () => {
  const faults = faultsOfAll((workloads) =>
    workloads.flatMap(({ name, selector }) => {
      const selected = workloads.filter(({ labels }) => selects({ matchLabels: { ...selector } }, labels))
      return selected.length === 1 && selected[0]?.name === name ? [] : [`${name} selects ${selected.length}`]
    }),
  )
  assert.equal(faults, [])
})

rendered('every Service has pods of one workload, which have its ports', () => {
  const faults = faultsOfAll((workloads, objects) =>
    ofKind(objects, Service.is).flatMap(({ metadata, spec }) => {
      const pods = workloads.filter(({ labels }) => selects({ matchLabels: spec?.selector ?? {} }, labels))
      const [only] = pods
      if (!only || pods.length !== 1) return [`${metadata?.name} has pods of ${pods.length} workloads`]
      const names = portsOf(only).map(({ name }) => name)
      return (spec?.ports ?? [])
        .filter(({ targetPort }) => typeof targetPort !== 'string' || !names.includes(targetPort))
        .map(({ targetPort }) => `${metadata?.name} goes to port ${targetPort}, which is none of ${names}`)
    }),
  )
  assert.equal(faults, [])
})

rendered('what scales, or guards, names a workload that is there', () => {
  const faults = faultsOfAll((workloads, objects) => {
    const names = workloads.map(({ name }) => name)
    const targets = [
      ...ofKind(objects, HorizontalPodAutoscaler.is).map(({ spec }) => spec?.scaleTargetRef.name),
      ...ofKind(objects, ScaledObject.is).map(({ spec }) => spec.scaleTargetRef.name),
    ]
    const guarded = ofKind(objects, PodDisruptionBudget.is).filter(({ spec }) => {
      const selector = spec?.selector ?? {}
      return workloads.filter(({ labels }) => selects(selector, labels)).length !== 1
    })
    return [
      ...targets.filter((name) => !names.includes(name ?? '')).map((name) => `there is no ${name}`),
      ...guarded.map(({ metadata }) => `budget ${metadata?.name} guards not one workload`),
      ...workloads
        .filter(({ name, replicas }) => targets.includes(name) && replicas !== undefined)
        .map(({ name }) => `${name} is scaled, and says how many replicas it has`),
      ...new Set(targets.filter((name, at) => targets.indexOf(name) !== at)),
    ]
  })
  assert.equal(faults, [])
})

rendered('ServiceAccounts and ConfigMaps that pods name are there; Secrets are the documented ones', () => {
  const secrets = ['anomalyguard-db', 'anomalyguard-kafka', 'anomalyguard-api', 'anomalyguard-ca']
  const faults = faultsOfAll((workloads, objects) =>
    workloads.flatMap(({ name, pod, containers }) => {
      const has = (kind: string, of: string | undefined) =>
        of === undefined || objects.some((it) => it.kind === kind && it.metadata.name === of)
      const maps = [
        ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef?.name)),
        ...(pod.volumes ?? []).map(({ configMap }) => configMap?.name),
      ]
      const named = [
        ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
        ...(pod.volumes ?? []).map(({ secret }) => secret?.secretName),
      ]
      return [
        ...maps.filter((it) => !has('ConfigMap', it)).map((it) => `${name}: no ConfigMap ${it}`),
        ...(has('ServiceAccount', pod.serviceAccountName) ? [] : [`${name}: no ServiceAccount`]),
        ...named
          .filter((it) => it !== undefined && !secrets.includes(it))
          .map((it) => `${name}: Secret ${it}`),
      ]
    }),
  )
  assert.equal(faults, [])
})

/** What Node itself reads; and what tells the worker’s code which of two it is. */
const known = new Set([
  ...describeConfig().map(({ name }) => name),
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TYPE',
])

/** The whole environment of a container. Of a reference it has something in the right place. */
const completeEnvironment = (
  container: IContainer,
  objects: readonly KubeObject[],
): Record<string, string> => {
  const maps = (container.envFrom ?? []).flatMap(({ configMapRef }) =>
    ofKind(objects, ConfigMap.is).filter(({ metadata }) => metadata?.name === configMapRef?.name),
  )
  const referred: Record<string, string> = {
    DATABASE_URL: 'postgres://user:password@host/database',
    API_TOKENS: 'a-long-token=read',
  }
  const own = [...environmentOf(container)].map(([name, value]) => [
    name,
    value ?? referred[name] ?? 'a-name',
  ])
  return { ...Object.assign({}, ...maps.map(({ data }) => data)), ...Object.fromEntries(own) }
}

rendered('every variable that our processes are given is one that they know, and is right', () => {
  const faults = faultsOfAll((workloads, objects) =>
    workloads.filter(isOurs).flatMap(({ name, containers }) =>
      containers.flatMap((container) => {
        const environment = completeEnvironment(container, objects)
        const unknown = Object.keys(environment).filter((it) => !known.has(it))
        try {
          const { http } = readConfig(environment, environment['NODE_TYPE'] === 'master' ? 'master' : 'child')
          const ports = (container.ports ?? []).map(({ containerPort }) => containerPort)
          if (ports.length > 0 && !ports.includes(http.port)) unknown.push(`port ${http.port}`)
          if (ports.length > 0 && http.host !== '0.0.0.0') unknown.push(`host ${http.host}`)
        } catch (error) {
          return [`${name}: ${error instanceof Error ? error.message : error}`]
        }
        return unknown.map((it) => `${name}/${container.name}: ${it}`)
      }),
    ),
  )
  assert.equal(faults, [])
})

/** Beyond the drain, s: what the processes give themselves to record, commit and leave, as their main files say. */
const margins: Readonly<Record<string, number>> = {
  frontend: 2,
  streamlit: 2,
  'backend-master': 14,
  'backend-slave': 12,
  scaler: 8,
}

rendered('the grace period holds preStop, the wait for routes, the drain, and what comes after it', () => {
  const faults = faultsOfAll((workloads, objects) =>
    workloads.filter(isOurs).flatMap(({ name, pod }) => {
      const [container] = pod.containers
      if (!container) return [`${name} is empty`]
      const { drainTimeoutMs, http } = readConfig(completeEnvironment(container, objects), 'child')
      const preStopS = container.lifecycle?.preStop?.sleep?.seconds ?? 0
      const serves = name !== 'backend-slave' && name !== 'scaler'
      const drainMs = (serves ? http.closeDelayMs : 0) + (name === 'scaler' ? 0 : drainTimeoutMs)
      const neededS = preStopS + drainMs / 1000 + (margins[name] ?? Number.POSITIVE_INFINITY)
      const grace = pod.terminationGracePeriodSeconds ?? 30
      return grace >= neededS ? [] : [`${name} has ${grace} s, and needs ${neededS}`]
    }),
  )
  assert.equal(faults, [])
})

rendered(
  'nothing may do anything in the whole cluster; the scaler may watch its Deployment and write Events',
  () => {
    const faults = faultsOfAll((_, objects) => [
      ...objects.filter(({ kind }) => kind.startsWith('ClusterRole')).map(({ kind }) => kind),
      ...ofKind(objects, Role.is).flatMap(({ metadata, rules = [] }) =>
        rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [], verbs }) => {
          const rule = `${apiGroups}/${resources} ${resourceNames}: ${verbs}`
          const allowed = ['apps/deployments backend-slave: get,list,watch', '/events : create,patch']
          return metadata?.name === 'scaler' && allowed.includes(rule) ? [] : [`${metadata?.name}: ${rule}`]
        }),
      ),
    ])
    assert.equal(faults, [])
  },
)

test('a pod that breaks the standard is found out', () => {
  const workload = (pod: object, container: object): Workload => ({
    kind: 'Deployment',
    name: 'w',
    replicas: 1,
    selector: {},
    labels: {},
    pod: { containers: [], ...pod },
    containers: [{ name: 'c', ...container }],
  })
  const securityContext = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
  assert.equal(restrictedFaults(workload({}, { securityContext })), [])
  const open = { ...securityContext, capabilities: {}, runAsNonRoot: false }
  assert.equal(restrictedFaults(workload({}, { securityContext: open })), [
    'w/c does not drop all capabilities',
    'w/c may run as root',
  ])
  const onNode = { hostNetwork: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] }
  assert.equal(restrictedFaults(workload(onNode, { securityContext })), [
    'w uses the node’s network',
    'w volume v is a hostPath',
  ])
  assert.ok(ownFaults(workload({}, {})).includes('w/c has no limits'))
})

test.run()
