/** What the fleet can do and what it does: job types, scaling. */
import { z } from 'zod'
import { decision } from '../../core/events/event.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

const jobType = z
  .object({
    type: z.string(),
    description: z.string().optional(),
    thread: z.boolean().meta({ description: 'Runs in a thread of its own: work for the processor.' }),
    control: z.boolean().meta({ description: 'Runs on the master’s node.' }),
    schema: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the payload.' }),
  })
  .meta({ id: 'JobType' })

const scaling = z
  .object({
    lag: z.int().meta({ description: 'Jobs in the log that are not committed.' }),
    partitions: z.array(
      z.object({
        topic: z.string(),
        partition: z.int(),
        endOffset: z.int(),
        committedOffset: z.int().nullable(),
        lag: z.int(),
      }),
    ),
    arrivalRate: z.number().meta({ description: 'Jobs/s published, over the last 10 s.' }),
    drainRate: z.number().meta({ description: 'Jobs/s committed, over the last 10 s.' }),
    replicas: z.object({
      min: z.int(),
      max: z.int(),
      desired: z.int().meta({ description: 'What the scaler wants.' }),
      ready: z.int().meta({ description: 'Workers that take jobs.' }),
    }),
    workers: z.array(
      z.object({
        id: z.string(),
        pid: z.int(),
        nodeType: z.enum(['master', 'child']),
        claimed: z.int(),
        running: z.int(),
        startedAt: z.iso.datetime(),
      }),
    ),
    decisions: z.array(decision).meta({ description: 'Newest first.' }),
    at: z.iso.datetime().meta({ description: 'When lag was read.' }),
  })
  .meta({ id: 'Scaling' })
export type Scaling = z.output<typeof scaling>

export const scalingOf = ({ jobs, fleet, config }: ApiParts): Scaling => {
  const { latest, lag, rates } = jobs.monitor
  const { minReplicas, maxReplicas } = config.scaling
  const ready = fleet.readyWorkers
  const scaler = fleet.scaler ?? { min: minReplicas, max: maxReplicas, desired: ready }
  return {
    lag,
    partitions: [...(latest?.partitions ?? [])],
    ...rates,
    replicas: { min: scaler.min, max: scaler.max, desired: scaler.desired, ready },
    workers: fleet.workers(),
    decisions: [...fleet.decisions],
    at: new Date(latest?.at ?? 0).toISOString(),
  }
}

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
      summary: 'Job types with the JSON Schemas of their payloads',
      role: 'read',
      answers: { 200: { description: 'The types', schema: z.object({ types: z.array(jobType) }) } },
      handle: (_input, _request, response) => json(response, 200, { types }),
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
