/**
 * Pod Security Standard "restricted" (Kubernetes 1.34, https://kubernetes.io/docs/concepts/security/pod-security-standards/),
 * and what we ask of our own pods beyond it.
 */
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { Workload } from './workloads.ts'

const volumeTypes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

const isRuntimeDefault = (profile: { readonly type: string } | undefined): boolean =>
  profile?.type === 'RuntimeDefault' || profile?.type === 'Localhost'

const ofContainer = (
  { securityContext = {}, ports = [] }: IContainer,
  { pod }: Workload,
): readonly (string | false)[] => {
  const { capabilities, runAsUser, privileged, procMount, seLinuxOptions } = securityContext
  const { runAsNonRoot = pod.securityContext?.runAsNonRoot } = securityContext
  const { seccompProfile = pod.securityContext?.seccompProfile } = securityContext
  return [
    privileged === true && 'is privileged',
    securityContext.allowPrivilegeEscalation !== false && 'may escalate its privileges',
    !capabilities?.drop?.includes('ALL') && 'does not drop all capabilities',
    (capabilities?.add ?? []).some((it) => it !== 'NET_BIND_SERVICE') && 'adds capabilities',
    runAsNonRoot !== true && 'may run as root',
    runAsUser === 0 && 'runs as root',
    !isRuntimeDefault(seccompProfile) && 'has no seccomp profile',
    procMount !== undefined && procMount !== 'Default' && 'has a procMount',
    seLinuxOptions !== undefined && 'has SELinux options',
    ports.some(({ hostPort }) => hostPort !== undefined && hostPort !== 0) && 'takes a port of the node',
  ]
}

const ofPod = ({ pod }: Workload): readonly (string | false)[] => [
  pod.hostNetwork === true && 'uses the node’s network',
  pod.hostPID === true && 'sees the node’s processes',
  pod.hostIPC === true && 'shares memory with the node',
  pod.securityContext?.runAsUser === 0 && 'runs as root',
  (pod.securityContext?.sysctls ?? []).length > 0 && 'sets sysctls',
  ...(pod.volumes ?? []).map(({ name, ...source }) => {
    const wrong = Object.keys(source).filter((type) => !volumeTypes.has(type))
    return wrong.length > 0 && `volume ${name} is a ${wrong}`
  }),
]

/** What is not as the standard wants it. */
export const restrictedFaults = (workload: Workload): readonly string[] =>
  [
    ...ofPod(workload).map((fault) => fault && `${workload.name} ${fault}`),
    ...workload.containers.flatMap((container) =>
      ofContainer(container, workload).map((fault) => fault && `${workload.name}/${container.name} ${fault}`),
    ),
  ].filter((it) => it !== false)

/** What is not as we want it beyond that. */
export const ownFaults = (workload: Workload): readonly string[] => {
  const { name, pod, containers } = workload
  const every = containers.flatMap((container) => {
    const { requests = {}, limits = {} } = container.resources ?? {}
    return [
      container.securityContext?.readOnlyRootFilesystem !== true && 'writes its root file system',
      !(requests['cpu'] && requests['memory']) && 'has no requests',
      !(limits['cpu'] && limits['memory']) && 'has no limits',
    ].map((fault) => fault && `${name}/${container.name} ${fault}`)
  })
  const running = pod.containers.flatMap((container) =>
    (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).map(
      (probe) => !container[probe] && `${name}/${container.name} has no ${probe}`,
    ),
  )
  return [
    ...every,
    ...running,
    pod.enableServiceLinks !== false && `${name} gets addresses of other Services into its environment`,
    pod.automountServiceAccountToken === undefined && `${name} does not say whether it has a token`,
  ].filter((it) => it !== false)
}
