/**
 * Who may connect to whom by NetworkPolicies, as networking.k8s.io/v1 has it: a pod that no policy of a direction selects is open in
 * that direction, any other lets through what one of its policies names. A connection needs both ends' consent. TCP unless said otherwise.
 */
import { type INetworkPolicy, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import type { KubeObject } from './manifests.ts'
import type { Labels, Port } from './workloads.ts'

type Spec = NonNullable<INetworkPolicy['spec']>
type Selector = NonNullable<Spec['podSelector']>
type Rule = { readonly ports?: Ports; readonly peers: readonly Peer[] | undefined }
type Ports = NonNullable<NonNullable<Spec['ingress']>[number]['ports']>
type Peer = NonNullable<NonNullable<Spec['ingress']>[number]['from']>[number]

/** An end of a connection: a pod, or an address outside. */
export interface End {
  readonly name: string
  readonly labels?: Labels
  /** Labels of its namespace; absent: the policies' own. */
  readonly namespace?: Labels
  /** Set where it is no pod. */
  readonly address?: string
  readonly ports: readonly Port[]
}

export const policiesOf = (objects: readonly KubeObject[]): readonly Spec[] =>
  objects.flatMap((object) => (NetworkPolicy.is(object) && object.spec ? [object.spec] : []))

export const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key]
    if (operator === 'In') return value !== undefined && values.includes(value)
    if (operator === 'NotIn') return value === undefined || !values.includes(value)
    return operator === 'Exists' ? value !== undefined : value === undefined
  })

const numberOf = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0)

const inBlock = (address: string, cidr: string): boolean => {
  const [base = '', bits] = cidr.split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size)
}

const isPeer = ({ ipBlock, namespaceSelector, podSelector }: Peer, end: End): boolean => {
  if (ipBlock) {
    const { address } = end
    const { cidr, except = [] } = ipBlock
    return address !== undefined && inBlock(address, cidr) && !except.some((block) => inBlock(address, block))
  }
  if (end.address !== undefined) return false
  const ofNamespace = namespaceSelector
    ? end.namespace !== undefined && selects(namespaceSelector, end.namespace)
    : end.namespace === undefined
  return ofNamespace && selects(podSelector ?? {}, end.labels ?? {})
}

const admits = (ports: Ports | undefined, { port, name }: Port, protocol: string): boolean =>
  ports === undefined ||
  ports.length === 0 ||
  ports.some((it) => {
    if ((it.protocol ?? 'TCP') !== protocol) return false
    if (it.port === undefined) return true
    if (typeof it.port === 'string') return it.port === name
    return port >= it.port && port <= (it.endPort ?? it.port)
  })

const passes = (rules: readonly Rule[], peer: End, port: Port, protocol: string): boolean =>
  rules.some(
    ({ ports, peers }) =>
      admits(ports, port, protocol) && (!peers?.length || peers.some((it) => isPeer(it, peer))),
  )

/** Whether policies of one namespace let `from` connect to `port` of `to`. */
export const mayConnect = (
  policies: readonly Spec[],
  from: End,
  to: End,
  port: Port,
  protocol = 'TCP',
): boolean => {
  const consents = (end: End, direction: 'Ingress' | 'Egress', rulesOf: (it: Spec) => readonly Rule[]) => {
    if (end.address !== undefined || end.namespace !== undefined) return true
    const own = policies.filter(
      ({ podSelector, policyTypes = [] }) =>
        policyTypes.includes(direction) && selects(podSelector ?? {}, end.labels ?? {}),
    )
    return own.length === 0 || own.some((it) => passes(rulesOf(it), end === to ? from : to, port, protocol))
  }
  const rules = (ports: Ports | undefined, peers: readonly Peer[] | undefined): Rule =>
    ports ? { ports, peers } : { peers }
  return (
    consents(from, 'Egress', (it) => (it.egress ?? []).map((rule) => rules(rule.ports, rule.to))) &&
    consents(to, 'Ingress', (it) => (it.ingress ?? []).map((rule) => rules(rule.ports, rule.from)))
  )
}

const isOwn = ({ namespace, address }: End): boolean => namespace === undefined && address === undefined

/** All connections that have an end in the policies' namespace and are let through, as `from → to:port`, sorted. */
export const connections = (policies: readonly Spec[], ends: readonly End[]): readonly string[] =>
  ends
    .flatMap((from) =>
      ends
        .filter((to) => isOwn(from) || isOwn(to))
        .flatMap((to) =>
          to.ports
            .filter((port) => mayConnect(policies, from, to, port))
            .map(({ port }) => `${from.name} → ${to.name}:${port}`),
        ),
    )
    .sort()
