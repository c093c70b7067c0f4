/**
 * What travels on `anomgrd.events`: who runs what, what ended, what the scaler decided. Every master reads all of it;
 * it serves `running`, waiting clients and the fleet's pages, and is never the truth: a lost event costs a second.
 */
import { z } from 'zod'
import { attempt, jobError, logLine, outcomeStatuses, progress } from '../job.ts'

/** Milliseconds since the epoch. */
const at = z.number()

const started = z.object({
  id: z.string(),
  type: z.string(),
  key: z.string().optional(),
  attempt: z.number(),
  at,
  /** Those that ended before it: the last ones, without their logs. */
  attempts: z.array(attempt).optional(),
  schedule: z.object({ name: z.string(), at: z.string() }).optional(),
  /** In heartbeats. */
  progress: progress.optional(),
})
const ended = z.object({
  id: z.string(),
  type: z.string(),
  status: z.enum([...outcomeStatuses, 'failed']),
  at,
  error: jobError.optional(),
  /** Of one that failed: all of it. */
  attempt: attempt.optional(),
})
/** What an attempt told of itself since it did so last; what it did not tell is absent. */
const noted = z.object({
  id: z.string(),
  attempt: z.number(),
  at,
  progress: progress.optional(),
  log: z.array(logLine).optional(),
  /** Lines logged so far, those included. */
  logged: z.number().optional(),
})

/** Starts and ends since the last group commit. `failed` is an attempt that will be followed by another. */
const jobsEvent = z.object({
  kind: z.literal('jobs'),
  at,
  node: z.string(),
  started: z.array(started),
  ended: z.array(ended),
  progress: z.array(noted).default([]),
})

/**
 * `finished`: jobs that are done beyond the committed offset. `parallel`: jobs that can run at once where slots are free and jobs wait for
 * their keys; absent where that is not so.
 */
const partitionProgress = z.object({
  topic: z.string(),
  partition: z.number(),
  finished: z.number(),
  parallel: z.number().optional(),
})

/** Once a second from every node that consumes. `running` are the jobs between their start and their record. */
const heartbeatEvent = z.object({
  kind: z.literal('heartbeat'),
  at,
  node: z.string(),
  nodeType: z.enum(['master', 'child']),
  pid: z.number(),
  startedAt: at,
  claimed: z.number(),
  /** Handlers that run at this moment. */
  active: z.number(),
  running: z.array(started),
  /** Jobs that it runs at once at most. */
  concurrency: z.number().optional(),
  /** Since its start: attempts that ended, and the time that slots were taken in all, ms. Their quotient is the time a job takes. */
  used: z.object({ ended: z.number(), slotMs: z.number() }).optional(),
  /** What offsets don't tell of its partitions, where that is much. */
  partitions: z.array(partitionProgress).optional(),
  /** The node is leaving: it takes no more jobs. */
  leaving: z.boolean(),
})

/** `kafka`: KEDA's kafka trigger and the HPA. `drain-time`: as many workers as finish what waits within an objective. */
export const scalingPolicies = ['kafka', 'drain-time'] as const
export type ScalingPolicyName = (typeof scalingPolicies)[number]

export const decision = z
  .object({
    at: z.iso.datetime(),
    from: z.int(),
    to: z.int(),
    reason: z.string(),
    policy: z.enum(scalingPolicies).optional(),
    shadow: z
      .boolean()
      .optional()
      .meta({ description: 'Decided and explained only: something else scales.' }),
  })
  .meta({ id: 'Decision' })
export type Decision = z.output<typeof decision>

/** Equal for what is one decision, however often it is told. */
export const decisionKey = ({ at, from, to, shadow = false }: Decision): string =>
  `${Date.parse(at)} ${from} ${to} ${shadow}`

/** After each decision of the scaler, and once a second in between (then without `decision`). */
const scalerEvent = z.object({
  kind: z.literal('scaler'),
  at,
  min: z.number(),
  max: z.number(),
  desired: z.number(),
  decision: decision.optional(),
})

export const fleetEvent = z.discriminatedUnion('kind', [jobsEvent, heartbeatEvent, scalerEvent])
export type FleetEvent = z.output<typeof fleetEvent>
export type JobsEvent = z.output<typeof jobsEvent>
export type HeartbeatEvent = z.output<typeof heartbeatEvent>
export type ScalerEvent = z.output<typeof scalerEvent>
export type JobStarted = z.output<typeof started>
export type JobEnded = z.output<typeof ended>
export type JobNoted = z.output<typeof noted>
