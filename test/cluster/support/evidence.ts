/** What a failed test leaves for its reader: a page about the cluster on the output, and everything in a folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toError } from '../../../core/errors.ts'
import type { Api, Resource } from './api.ts'
import { tryKubectl } from './kubectl.ts'
import { namespace, paths } from './names.ts'
import {
  type Condition,
  type Hpa,
  isReady,
  type Pod,
  restartsOf,
  type ScaledObject,
  type Workload,
} from './state.ts'

const EVENTS = 20
const LOG_LINES = 10
/** Characters of a line on the page: those of our logs carry stacks. */
const WIDTH = 300
/** Lines of the logs that are kept in the folder. */
const KEPT_LINES = 5_000

interface Event extends Resource {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTimestamp?: string
  readonly eventTime?: string
  readonly involvedObject: { readonly kind: string; readonly name: string }
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: Event): string =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp

/** A line a pod: what it waits for, why it was started anew. */
export const podLine = (pod: Pod): string => {
  const { name, deletionTimestamp } = pod.metadata
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  const whys = statuses.flatMap(({ name: container, state, lastState }) => [
    ...Object.entries(state ?? {}).flatMap(([is, about]) =>
      is === 'running' || about.reason === 'Completed'
        ? []
        : [`${container} ${is} ${about.reason ?? ''} ${about.message ?? ''}`],
    ),
    ...Object.entries(lastState ?? {}).flatMap(([was, about]) =>
      about ? [`${container} was ${was} ${about.reason ?? ''} (${about.exitCode ?? ''})`] : [],
    ),
  ])
  const unmet = (pod.status.conditions ?? [])
    .filter(({ type, status }) => status !== 'True' && type === 'PodScheduled')
    .map(({ message }) => message ?? '')
  const is = deletionTimestamp === undefined ? (isReady(pod) ? 'Ready' : pod.status.phase) : 'going'
  return `${name.padEnd(36)} ${is.padEnd(9)} ${restartsOf(pod)} restarts  ${[...whys, ...unmet].join('; ')}`.trimEnd()
}

const conditionsOf = (conditions: readonly Condition[] | undefined): string =>
  (conditions ?? [])
    .map(({ type, status, reason = '', message = '' }) => `${type}=${status} ${reason} ${message}`.trim())
    .join('; ')

const logOf = async (pod: string, lines: number, previous = false): Promise<string> => {
  const args = ['-n', namespace, 'logs', pod, '--all-containers', `--tail=${lines}`]
  const { out, err } = await tryKubectl(previous ? [...args, '--previous'] : args, { limitMs: 15_000 })
  return (out || err).trimEnd()
}

const page = async (api: Api, pods: readonly Pod[]): Promise<string> => {
  const [deployments, hpas, objects, events] = await Promise.all([
    api.list<Workload>(paths.deployments),
    api.list<Hpa>(paths.hpas),
    api.list<ScaledObject>(paths.scaledObjects),
    api.list<Event>(paths.events),
  ])
  const troubled = pods.filter((pod) => !isReady(pod) || restartsOf(pod) > 0).slice(0, 4)
  const logs = await Promise.all(
    troubled.map(async (pod) => {
      const { name } = pod.metadata
      const before = restartsOf(pod) > 0 ? await logOf(name, LOG_LINES, true) : ''
      return `--- log of ${name}${before === '' ? '' : `, before its restart\n${before}\n--- and now`}\n${await logOf(name, LOG_LINES)}`
    }),
  )
  const told = events
    .toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .filter(
      ({ type, reason = '' }) =>
        (type === 'Warning' && reason !== 'FailedToRetrieveImagePullSecret') ||
        /Scal|Rescale|KEDA/.test(reason),
    )
    .slice(-EVENTS)
  return [
    '--- deployments',
    ...deployments.map(
      ({ metadata, spec, status }) =>
        `${metadata.name}: ${spec.replicas ?? 1} asked for, ${status.replicas ?? 0} there, ${status.readyReplicas ?? 0} ready`,
    ),
    '--- pods',
    ...pods.map(podLine),
    '--- autoscaling',
    ...hpas.map(
      ({ metadata, status }) =>
        `${metadata.name}: wants ${status?.desiredReplicas}; ${conditionsOf(status?.conditions)}; ${JSON.stringify(status?.currentMetrics)}`,
    ),
    ...objects.map(({ metadata, status }) => `${metadata.name}: ${conditionsOf(status?.conditions)}`),
    '--- events',
    ...told.map(
      (event) =>
        `${timeOf(event)} ${event.involvedObject.kind}/${event.involvedObject.name} ${event.reason}: ${event.message}`,
    ),
    ...logs,
  ]
    .flatMap((text) => text.split('\n'))
    .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line))
    .join('\n')
}

const keep = async (pods: readonly Pod[], folder: string): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const all = 'all,scaledobjects,hpa,networkpolicies,configmaps,events'
  const { out } = await tryKubectl(['-n', namespace, 'describe', all], { limitMs: 90_000 })
  write('describe.txt', out)
  for (const pod of pods) {
    const { name } = pod.metadata
    write(`${name}.log`, await logOf(name, KEPT_LINES))
    if (restartsOf(pod) > 0) write(`${name}.previous.log`, await logOf(name, KEPT_LINES, true))
  }
}

/** Writes the page and the folder. Rejects never: what can't be read is left out, and said. */
export const leaveEvidence = async (api: Api, test: string): Promise<void> => {
  const slug = test
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
  const folder = fileURLToPath(new URL(`../../../.data/cluster/${slug}`, import.meta.url))
  try {
    const pods = await api.list<Pod>(`${paths.namespace}/pods`)
    console.log(await page(api, pods))
    await keep(pods, folder)
    console.log(`--- logs and descriptions are kept in ${folder}`)
  } catch (error) {
    console.log(`--- no more can be told: ${toError(error).message}`)
  }
}
