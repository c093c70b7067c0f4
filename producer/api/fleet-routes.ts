/** What the fleet can do and what it does: job types, scaling. */
import { z } from 'zod'
import { decision } from '../../core/events/event.ts'
import { priorities } from '../../core/job.ts'
import { topicNames } from '../../core/kafka/topics.ts'
import { isOpen } from '../../core/limits.ts'
import { type ParkReason, parkReasons } from '../../core/parking.ts'
import type { ParkedMonitor } from '../../core/store/parked-monitor.ts'
import { MAX_COUNTED } from '../../core/store/parked-view.ts'
import { limitState, stateOf } from './limit-routes.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'
import { worker } from './worker-route.ts'

const activity = z
  .object({
    running: z.int().meta({ description: 'Jobs that run now.' }),
    startRate: z.number().meta({ description: 'Attempts that started, a second.' }),
    endRate: z.number().meta({ description: 'Attempts that ended, well or not, a second.' }),
    failRate: z.number().meta({ description: 'Attempts that failed, for good or not, a second.' }),
  })
  .meta({ description: 'In the whole fleet, as its events tell; rates over the last 10 s.' })

export const jobType = z
  .object({
    type: z.string(),
    description: z.string().optional(),
    thread: z.boolean().meta({ description: 'Runs in a thread of its own: work for the processor.' }),
    control: z.boolean().meta({ description: 'Runs on the master’s node.' }),
    schema: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the payload.' }),
    limit: limitState.optional().meta({
      description: 'Of its jobs in the whole fleet; absent without one, and while the database is away.',
    }),
    activity,
  })
  .meta({ id: 'JobType' })

/** The lag of a jobs topic's partition. */
const partitionLag = z.object({
  topic: z.string(),
  priority: z.enum(priorities),
  partition: z.int(),
  endOffset: z.int(),
  committedOffset: z.int().nullable(),
  lag: z.int(),
})

const parkedJobs = z
  .object({
    total: z.int(),
    due: z
      .int()
      .meta({ description: 'Those that may run now, or run; of a key that waits in order at most one.' }),
    byReason: z.record(z.enum(parkReasons), z.int()),
    at: z.iso.datetime().nullable().meta({
      description: 'When they were counted: once a second, unless PostgreSQL can’t be asked. Null: not yet.',
    }),
  })
  .meta({
    description: `Jobs that wait in PostgreSQL instead of the log. More than ${MAX_COUNTED} are not counted.`,
  })

export const scaling = z
  .object({
    lag: z.int().meta({
      description:
        'Jobs that wait to run, or run: `kafkaLag` and the parked ones that are due. What the fleet is scaled by.',
    }),
    kafkaLag: z.int().meta({ description: 'Jobs in the logs of all priorities that are not committed.' }),
    parked: parkedJobs,
    partitions: z.array(partitionLag),
    arrivalRate: z.number().meta({ description: 'Jobs/s published, over the last 10 s.' }),
    drainRate: z
      .number()
      .meta({ description: 'Jobs/s committed, over the last 10 s; a job is when it is parked, too.' }),
    replicas: z.object({
      min: z.int(),
      max: z.int(),
      desired: z.int().meta({ description: 'What the scaler wants.' }),
      ready: z.int().meta({ description: 'Workers that take jobs.' }),
    }),
    workers: z.array(worker),
    decisions: z.array(decision).meta({ description: 'Newest first.' }),
    at: z.iso.datetime().meta({ description: 'When lag was read.' }),
  })
  .meta({ id: 'Scaling' })
export type Scaling = z.output<typeof scaling>

const noneParked = Object.fromEntries(parkReasons.map((reason) => [reason, 0])) as Record<ParkReason, number>

/** Jobs that wait, wherever: in the log, or parked and due. */
export const waitingJobs = ({ jobs, parked }: Pick<ApiParts, 'jobs' | 'parked'>): number =>
  jobs.monitor.lag + parked.due

/** What the state of now is told by. */
export type ScalingParts = Pick<ApiParts, 'jobs' | 'parked' | 'fleet' | 'config'>

export const scalingOf = ({ jobs, parked, fleet, config }: ScalingParts): Scaling => {
  const { latest, lag: kafkaLag, rates } = jobs.monitor
  const { byPriority } = topicNames(config.kafka.prefix)
  const partitions = (latest?.partitions ?? []).map((it) => ({
    ...it,
    priority: priorities[byPriority.indexOf(it.topic)] ?? 'normal',
  }))
  const { minReplicas, maxReplicas } = config.scaling
  const ready = fleet.readyWorkers
  const scaler = fleet.scaler ?? { min: minReplicas, max: maxReplicas, desired: ready }
  return {
    lag: waitingJobs({ jobs, parked }),
    kafkaLag,
    parked: countedOf(parked),
    partitions,
    ...rates,
    replicas: { min: scaler.min, max: scaler.max, desired: scaler.desired, ready },
    workers: fleet.workers(),
    decisions: [...fleet.decisions],
    at: new Date(latest?.at ?? 0).toISOString(),
  }
}

const countedOf = ({ latest, due }: ParkedMonitor): Scaling['parked'] => ({
  total: latest?.parked ?? 0,
  due,
  byReason: { ...noneParked, ...latest?.byReason },
  at: latest ? new Date(latest.at).toISOString() : null,
})

export const fleetRoutes = (parts: ApiParts): Route[] => {
  const types = [...parts.handlers.values()].map(({ handler }) => ({
    type: handler.type,
    ...(handler.description === undefined ? {} : { description: handler.description }),
    thread: handler.thread ?? false,
    control: handler.control ?? false,
    schema: z.toJSONSchema(handler.schema, { io: 'input', unrepresentable: 'any' }),
  }))
  return [
    route({
      method: 'get',
      path: '/types',
      tag: 'fleet',
      summary: 'Job types: the JSON Schemas of their payloads, and how busy they are',
      role: 'read',
      answers: { 200: { description: 'The types', schema: z.object({ types: z.array(jobType) }) } },
      async handle(_input, _request, response) {
        // What can be submitted is known without the store, as submitting is possible without it.
        const limits = await parts.limits.list().catch(() => [])
        const states = new Map(limits.flatMap((it) => (isOpen(it) ? [] : [[it.subject, stateOf(it)]])))
        const running = parts.fleet.runningByType()
        const now = types.map((it) => {
          const limit = states.get(`type:${it.type}`)
          const activity = { running: running.get(it.type) ?? 0, ...parts.activity.rates(it.type) }
          return { ...it, ...(limit ? { limit } : {}), activity }
        })
        json(response, 200, { types: now })
      },
    }),
    route({
      method: 'get',
      path: '/scaling',
      tag: 'fleet',
      summary: 'Lag, rates, workers, and why that many',
      role: 'read',
      answers: { 200: { description: 'Now', schema: scaling } },
      handle: (_input, _request, response) => json(response, 200, scalingOf(parts)),
    }),
  ]
}
