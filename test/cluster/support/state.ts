/** What the cluster says of the product: workloads, pods, the autoscaler. */
import type { Api, Resource } from './api.ts'
import { paths } from './names.ts'

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

interface ContainerStatus {
  readonly name: string
  readonly restartCount: number
  readonly state?: Readonly<Record<string, { readonly reason?: string; readonly message?: string }>>
  readonly lastState?: Readonly<
    Record<string, { readonly reason?: string; readonly exitCode?: number } | undefined>
  >
}

export interface Pod extends Resource {
  readonly spec: {
    readonly nodeName?: string
    readonly containers: readonly { readonly name: string; readonly image: string }[]
  }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

export interface Workload extends Resource {
  readonly spec: {
    readonly replicas?: number
    readonly template: { readonly spec: Pod['spec'] & Readonly<Record<string, unknown>> }
  }
  readonly status: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
  }
}

export interface Hpa extends Resource {
  readonly spec: { readonly minReplicas?: number; readonly maxReplicas: number }
  readonly status?: {
    readonly desiredReplicas?: number
    readonly conditions?: readonly Condition[]
    readonly currentMetrics?: readonly unknown[] | null
  }
}

export interface ScaledObject extends Resource {
  readonly spec: {
    readonly minReplicaCount?: number
    readonly maxReplicaCount?: number
    readonly pollingInterval?: number
    readonly cooldownPeriod?: number
    readonly triggers: readonly { readonly type: string }[]
  }
  readonly status?: { readonly conditions?: readonly Condition[]; readonly hpaName?: string }
}

export const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true

export const restartsOf = ({ status }: Pod): number =>
  [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  )

/** All of its pods are of its newest template, and Ready. */
export const isRolledOut = ({ metadata, spec, status }: Workload): boolean =>
  (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
  (status.updatedReplicas ?? 0) === (spec.replicas ?? 1) &&
  (status.readyReplicas ?? 0) === (spec.replicas ?? 1) &&
  (status.replicas ?? 0) === (spec.replicas ?? 1)

export const podsOf = (api: Api, component?: string): Promise<readonly Pod[]> =>
  api.list<Pod>(paths.pods(component))

export interface Replicas {
  /** What is asked for. */
  readonly desired: number
  readonly ready: number
}

export const replicasOf = async (api: Api, name: string): Promise<Replicas> => {
  const found = await api.get<Workload>(paths.deployment(name))
  if (!found) throw new Error(`there is no Deployment ${name}`)
  return { desired: found.spec.replicas ?? 1, ready: found.status.readyReplicas ?? 0 }
}

/** Pods with containers that were started anew since `before`: names, and how often. */
export const newRestarts = async (api: Api, before: readonly Pod[]): Promise<string[]> => {
  const known = new Map(before.map((pod) => [pod.metadata.uid, restartsOf(pod)]))
  return (await podsOf(api)).flatMap((pod) => {
    const times = restartsOf(pod) - (known.get(pod.metadata.uid) ?? 0)
    return times > 0 ? [`${pod.metadata.name}: ${times}`] : []
  })
}
