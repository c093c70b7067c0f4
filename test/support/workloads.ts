/** The workloads among rendered objects: what runs pods. */
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import type { KubeObject } from './manifests.ts'

export type Labels = Readonly<Record<string, string>>

export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet'
  readonly name: string
  /** `spec.replicas` as it is written. */
  readonly replicas: number | undefined
  readonly selector: Labels
  /** Of its pods. */
  readonly labels: Labels
  readonly pod: IPodSpec
  /** All that run in a pod, those that run first among them. */
  readonly containers: readonly IContainer[]
}

export const workloadsOf = (objects: readonly KubeObject[]): readonly Workload[] =>
  objects.flatMap((object) => {
    if (!Deployment.is(object) && !StatefulSet.is(object)) return []
    const { metadata, spec } = object
    const pod = spec?.template.spec
    if (!spec || !pod) return []
    return [
      {
        kind: object.kind,
        name: metadata?.name ?? '',
        replicas: spec.replicas,
        selector: spec.selector.matchLabels ?? {},
        labels: spec.template.metadata?.labels ?? {},
        pod,
        containers: [...(pod.initContainers ?? []), ...pod.containers],
      },
    ]
  })

export interface Port {
  readonly name: string | undefined
  readonly port: number
}

export const portsOf = ({ pod }: Workload): readonly Port[] =>
  pod.containers.flatMap(({ ports = [] }) =>
    ports.map(({ name, containerPort }) => ({ name, port: containerPort })),
  )

/** What a container's environment sets, ConfigMaps left out. */
export const environmentOf = ({ env = [] }: IContainer): ReadonlyMap<string, string | undefined> =>
  new Map(env.map(({ name, value }) => [name, value]))
