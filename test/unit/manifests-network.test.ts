/** Who may talk to whom, computed from the rendered NetworkPolicies, is exactly what is stated here. */
import type { INetworkPolicySpec } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { render, renderOverlay, whyNotRendered } from '../support/manifests.ts'
import { connections, type End, mayConnect, policiesOf, selects } from '../support/network.ts'
import { portsOf, workloadsOf } from '../support/workloads.ts'

const test = suite('network policies')
const reason = whyNotRendered()
if (reason !== undefined) console.log(`SKIPPED: network policies of the overlays: ${reason}`)
const rendered = reason === undefined ? test : test.skip

const inNamespace = (name: string) => ({ 'kubernetes.io/metadata.name': name })
const ports = (...numbers: number[]) => numbers.map((port) => ({ name: undefined, port }))

/** Who is around beside our own workloads; `outside` listens on whatever somebody of ours might want. */
const others: readonly End[] = [
  { name: 'stranger', labels: { app: 'another' }, ports: ports(80) },
  { name: 'KEDA', namespace: inNamespace('keda'), labels: { app: 'keda-operator' }, ports: ports(9666) },
  { name: 'ingress controller', namespace: inNamespace('ingress-nginx'), labels: {}, ports: ports(80) },
  { name: 'Prometheus', namespace: inNamespace('monitoring'), labels: {}, ports: ports(9090) },
  { name: 'DNS', namespace: inNamespace('kube-system'), labels: { 'k8s-app': 'kube-dns' }, ports: ports(53) },
  { name: 'pod elsewhere', namespace: inNamespace('default'), labels: {}, ports: ports(53, 80, 8080) },
  { name: 'outside', address: '203.0.113.7', ports: ports(22, 53, 80, 443, 5432, 6443, 8080, 9093, 27017) },
]

const matrixOf = (overlay: string): readonly string[] => {
  const objects = render(overlay)
  const own = workloadsOf(objects).map(
    (it): End => ({ name: it.name, labels: it.labels, ports: portsOf(it) }),
  )
  return connections(policiesOf(objects), [...own, ...others])
}

const names = (of: readonly string[]) => of.map((from) => `${from} → DNS:53`)

/** Of every installation: the routes in, and the page that passes the API on. */
const routes = [
  'ingress controller → frontend:8080',
  'ingress controller → backend-master:8080',
  'ingress controller → streamlit:8000',
  'streamlit → backend-master:8080',
]
const all = ['frontend', 'backend-master', 'backend-slave', 'streamlit', 'stranger']

const embedded = (clients: readonly string[]) => [
  ...clients.flatMap((from) => [`${from} → kafka:9092`, `${from} → postgres:5432`]),
  'kafka → kafka:9092',
  ...names(['kafka', 'postgres']),
]
const working = ['backend-master', 'backend-slave']
/** The API server has an address of its own in each cluster, so the way to it is one to these ports of anybody outside. */
const scaler = ['KEDA → scaler:9090', 'scaler → outside:443', 'scaler → outside:6443', 'scaler → DNS:53']

rendered('trial: clients and KEDA reach the servers inside; nobody else talks, and nobody goes out', () => {
  assert.equal(
    matrixOf('manifests/overlays/trial'),
    [...routes, ...names(all), ...embedded([...working, 'KEDA'])].sort(),
  )
})

rendered('trial-drain-time: KEDA reaches the scaler, and the scaler servers and API server', () => {
  const stated = [...routes, ...names(all), ...embedded([...working, 'scaler', 'KEDA']), ...scaler]
  assert.equal(matrixOf('manifests/overlays/trial-drain-time'), stated.sort())
})

rendered('production: clients reach Kafka and PostgreSQL outside, Prometheus reads metrics of all', () => {
  const stated = [
    ...routes,
    ...names(all),
    ...scaler,
    ...[...working, 'scaler'].flatMap((from) => [`${from} → outside:9093`, `${from} → outside:5432`]),
    ...['frontend', 'backend-master', 'backend-slave', 'scaler'].map((to) => `Prometheus → ${to}:8080`),
    'Prometheus → streamlit:8000',
  ]
  assert.equal(matrixOf('manifests/overlays/production'), stated.sort())
})

rendered('webhooks: workers reach HTTPS outside, nothing else there, and no private address', () => {
  const objects = renderOverlay({
    namespace: 'anomgrd',
    resources: ['manifests/overlays/trial'],
    components: ['manifests/components/webhooks'],
  })
  const slave = workloadsOf(objects).find(({ name }) => name === 'backend-slave')
  assert.ok(slave)
  const from: End = { name: slave.name, labels: slave.labels, ports: [] }
  const reached = (address: string): readonly string[] =>
    connections(policiesOf(objects), [from, { name: 'outside', address, ports: ports(22, 80, 443, 5432) }])
  assert.equal(reached('203.0.113.7'), ['backend-slave → outside:443'])
  for (const address of [
    '10.0.0.1',
    '100.100.1.1',
    '127.0.0.1',
    '168.63.129.16',
    '169.254.169.254',
    '172.31.9.9',
    '192.168.1.1',
  ])
    assert.equal(reached(address), [], address)
  const master: End = {
    ...from,
    labels: { ...slave.labels, 'app.kubernetes.io/component': 'backend-master' },
  }
  const outside: End = { name: 'outside', address: '203.0.113.7', ports: ports(443) }
  assert.equal(connections(policiesOf(objects), [master, outside]), [])
})

const own = (name: string, port = 80): End => ({ name, labels: { app: name }, ports: ports(port) })
const to = (app: string, ...rules: object[]): INetworkPolicySpec => ({
  podSelector: { matchLabels: { app } },
  policyTypes: ['Ingress'],
  ingress: rules,
})
const [port] = ports(80)

test('a pod without policies is open, one with an empty policy is closed', () => {
  assert.ok(port)
  assert.is(mayConnect([], own('a'), own('b'), port), true)
  assert.is(mayConnect([to('b')], own('a'), own('b'), port), false)
  assert.is(mayConnect([to('b', {})], own('a'), own('b'), port), true)
  assert.is(mayConnect([to('c')], own('a'), own('b'), port), true)
})

test('both ends must consent', () => {
  assert.ok(port)
  const out = (app: string, ...egress: object[]): INetworkPolicySpec => ({
    podSelector: { matchLabels: { app } },
    policyTypes: ['Egress'],
    egress,
  })
  const toB = { to: [{ podSelector: { matchLabels: { app: 'b' } } }] }
  assert.is(mayConnect([out('a')], own('a'), own('b'), port), false)
  assert.is(mayConnect([out('a', toB)], own('a'), own('b'), port), true)
  assert.is(mayConnect([out('a', toB)], own('a'), own('c'), port), false)
  assert.is(mayConnect([out('a', toB), to('b')], own('a'), own('b'), port), false)
})

test('ports go by number, range, name and protocol; a pod selector alone stays in the namespace', () => {
  assert.ok(port)
  const named = { name: 'http', port: 80 }
  const open = (rule: object) => [to('b', { ports: [rule] })]
  assert.is(mayConnect(open({ port: 'http' }), own('a'), own('b'), named), true)
  assert.is(mayConnect(open({ port: 'http' }), own('a'), own('b'), port), false)
  assert.is(mayConnect(open({ port: 79, endPort: 81 }), own('a'), own('b'), port), true)
  assert.is(mayConnect(open({ port: 81 }), own('a'), own('b'), port), false)
  assert.is(mayConnect(open({ port: 80, protocol: 'UDP' }), own('a'), own('b'), port), false)
  const elsewhere: End = { ...own('a'), namespace: inNamespace('other') }
  const fromA = [to('b', { from: [{ podSelector: { matchLabels: { app: 'a' } } }] })]
  assert.is(mayConnect(fromA, own('a'), own('b'), port), true)
  assert.is(mayConnect(fromA, elsewhere, own('b'), port), false)
  const fromOther = [to('b', { from: [{ namespaceSelector: { matchLabels: inNamespace('other') } }] })]
  assert.is(mayConnect(fromOther, elsewhere, own('b'), port), true)
  assert.is(mayConnect(fromOther, own('a'), own('b'), port), false)
})

test('an address is a peer of its block, but for what is left out of it', () => {
  assert.ok(port)
  const outside: End = { name: 'x', address: '10.1.2.3', ports: [] }
  const block = (ipBlock: object) => [to('b', { from: [{ ipBlock }] })]
  assert.is(mayConnect(block({ cidr: '10.1.0.0/16' }), outside, own('b'), port), true)
  assert.is(mayConnect(block({ cidr: '10.2.0.0/16' }), outside, own('b'), port), false)
  const without = block({ cidr: '10.0.0.0/8', except: ['10.1.2.0/24'] })
  assert.is(mayConnect(without, outside, own('b'), port), false)
  assert.is(mayConnect(block({ cidr: '0.0.0.0/0' }), own('a'), own('b'), port), false)
})

test('selectors know their four operators', () => {
  const by = (operator: string, values?: string[]) => ({
    matchExpressions: [values ? { key: 'a', operator, values } : { key: 'a', operator }],
  })
  assert.equal(
    [by('In', ['1']), by('NotIn', ['1']), by('Exists'), by('DoesNotExist')].map((it) => [
      selects(it, { a: '1' }),
      selects(it, { a: '2' }),
      selects(it, {}),
    ]),
    [
      [true, false, false],
      [false, true, true],
      [true, true, false],
      [false, false, true],
    ],
  )
})

test.run()
