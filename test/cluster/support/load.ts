/**
 * Load from a pod inside: `producer/load/main.ts` of the image under test, through the Service as an ingress would. Its pod may talk to the
 * master by a NetworkPolicy of the tests' overlay.
 */
import type { Report } from '../../../producer/load/report.ts'
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'
import { kubectl } from './kubectl.ts'
import { namespace, paths } from './names.ts'
import type { Pod, Workload } from './state.ts'

export interface Load {
  readonly name: string
  readonly jobs: number
  /** What each job sleeps, ms. */
  readonly ms: number
  /** Jobs a request; 1: each its own. */
  readonly batch?: number
  /** Jobs/s; unset: as fast as they are answered. */
  readonly rate?: number
  readonly keys?: number
  readonly connections?: number
}

export interface RunningLoad {
  readonly pod: string
  /** The report, once every job has ended or is given up. @throws Error with the pod's log where there is none */
  readonly report: Promise<Report>
}

const START_MS = 60_000
/** Seconds in which no job ends until those that are left count as lost. */
const PATIENCE_S = 90

const option = (name: string, value: number | undefined): string[] =>
  value === undefined ? [] : [`--${name}`, String(value)]

const argumentsOf = ({ jobs, ms, batch, rate, keys, connections }: Load): string[] => [
  'producer/load/main.ts',
  ...['--url', 'http://backend-master', '--json', '--timeout', String(PATIENCE_S)],
  ...['--type', 'sleep', '--payload', JSON.stringify({ ms })],
  ...option('jobs', jobs),
  ...option('batch', batch),
  ...option('rate', rate),
  ...option('keys', keys),
  ...option('connections', connections),
]

/** The document in a log that also holds what went to stderr. */
export const reportIn = (log: string): Report | undefined => {
  const [text] = /^\{\n[\s\S]*\n\}$/m.exec(log) ?? []
  return text === undefined ? undefined : (JSON.parse(text) as Report)
}

/** The load's pod takes image, rights and limits of the slaves' template: what the namespace admits of them it admits of it. */
const podOf = (load: Load, { spec }: Workload) => {
  const { securityContext, imagePullSecrets } = spec.template.spec
  const like = spec.template.spec.containers[0] as Readonly<Record<string, unknown>> | undefined
  const labels = { 'app.kubernetes.io/name': 'anomalyguard', 'app.kubernetes.io/component': 'load' }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: load.name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext,
      imagePullSecrets,
      containers: [
        {
          name: 'load',
          image: like?.['image'],
          imagePullPolicy: like?.['imagePullPolicy'],
          securityContext: like?.['securityContext'],
          args: argumentsOf(load),
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '512Mi' } },
        },
      ],
    },
  }
}

const hasEnded = ({ status }: Pod): boolean => ['Succeeded', 'Failed'].includes(status.phase)

/** Starts it; resolves when its program runs. `limitMs` bounds the whole load. */
export const startLoad = async (api: Api, load: Load, limitMs: number): Promise<RunningLoad> => {
  const like = await api.get<Workload>(paths.deployment('backend-slave'))
  if (!like) throw new Error('there is no Deployment backend-slave')
  const path = paths.pod(load.name)
  const gone = async (): Promise<boolean> => (await api.get(path)) === undefined
  await api.remove(path, 0)
  await eventually(`an earlier pod ${load.name} is gone`, gone, { limitMs: START_MS })
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(podOf(load, like)) })
  const started = async (): Promise<boolean> => {
    const pod = await api.get<Pod>(path)
    return pod !== undefined && (pod.status.phase === 'Running' || hasEnded(pod))
  }
  await eventually(`the pod ${load.name} runs`, started, { limitMs: START_MS, everyMs: 100 })
  const report = (async (): Promise<Report> => {
    const ended = async (): Promise<boolean> => {
      const pod = await api.get<Pod>(path)
      if (!pod) throw new Error('it is gone')
      return hasEnded(pod)
    }
    await eventually(`the load ${load.name} has ended`, ended, { limitMs })
    const log = await kubectl(['-n', namespace, 'logs', load.name])
    const found = reportIn(log)
    if (!found) throw new Error(`the load ${load.name} gave no report:\n${log.slice(-3_000)}`)
    await api.remove(path, 0)
    return found
  })()
  // Whoever asks for it later gets the rejection; nobody is told of it before.
  report.catch(() => {})
  return { pod: load.name, report }
}
