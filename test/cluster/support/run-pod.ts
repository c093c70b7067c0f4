/**
 * A program in a pod of its own, to its end. The pod takes image, rights and limits of the slaves' template: what the namespace admits of
 * them it admits of it.
 */
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'
import { kubectl } from './kubectl.ts'
import { namespace, paths } from './names.ts'
import type { Pod, Workload } from './state.ts'

export interface Program {
  /** Of the pod. */
  readonly name: string
  /** Its label: what NetworkPolicies know it by. */
  readonly component: string
  /** In the place of the image's entry point. */
  readonly command?: readonly string[]
  readonly args?: readonly string[]
}

export interface RunningProgram {
  /** Once it has ended, its log and whether it ended well. @throws Error where it does not end, or its pod goes */
  readonly ended: Promise<{ readonly ok: boolean; readonly log: string }>
}

const START_MS = 60_000

const podOf = ({ name, component, command, args }: Program, { spec }: Workload) => {
  const { securityContext, imagePullSecrets } = spec.template.spec
  const like = spec.template.spec.containers[0] as Readonly<Record<string, unknown>> | undefined
  const labels = { 'app.kubernetes.io/name': 'anomalyguard', 'app.kubernetes.io/component': component }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext,
      imagePullSecrets,
      containers: [
        {
          name: 'program',
          image: like?.['image'],
          imagePullPolicy: like?.['imagePullPolicy'],
          securityContext: like?.['securityContext'],
          command: command ?? like?.['command'],
          args,
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '512Mi' } },
        },
      ],
    },
  }
}

const hasEnded = ({ status }: Pod): boolean => ['Succeeded', 'Failed'].includes(status.phase)

/** Resolves when its program runs. `limitMs` bounds it. */
export const runPod = async (api: Api, program: Program, limitMs: number): Promise<RunningProgram> => {
  const like = await api.get<Workload>(paths.deployment('backend-slave'))
  if (!like) throw new Error('there is no Deployment backend-slave')
  const path = paths.pod(program.name)
  await api.remove(path, 0)
  const gone = async (): Promise<boolean> => (await api.get(path)) === undefined
  await eventually(`an earlier pod ${program.name} is gone`, gone, { limitMs: START_MS })
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(podOf(program, like)) })
  const look = async (): Promise<Pod> => {
    const pod = await api.get<Pod>(path)
    if (!pod) throw new Error(`the pod ${program.name} is gone`)
    return pod
  }
  const started = async (): Promise<boolean> => {
    const pod = await look()
    return pod.status.phase === 'Running' || hasEnded(pod)
  }
  await eventually(`the pod ${program.name} runs`, started, { limitMs: START_MS, everyMs: 100 })
  const ended = (async () => {
    const end = async (): Promise<Pod | false> => {
      const pod = await look()
      return hasEnded(pod) && pod
    }
    const pod = await eventually(`the pod ${program.name} has ended`, end, { limitMs })
    const log = await kubectl(['-n', namespace, 'logs', program.name])
    await api.remove(path, 0)
    return { ok: pod.status.phase === 'Succeeded', log }
  })()
  // Whoever asks for it later gets the rejection; nobody is told of it before.
  ended.catch(() => {})
  return { ended }
}
