/** What became of the fleet: the same from every master, before and after its start. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { decision } from '../../core/events/event.ts'
import { type FleetSample, readDecisions, readSamples, SAMPLE_MS } from '../../core/store/fleet-history.ts'
import { stored } from '../series.ts'
import { type ScalingParts, scalingOf } from './fleet-routes.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

const HOUR_MS = 3_600_000
const MAX_DECISIONS = 500

/** The state of now as it is remembered; undefined while it is not known: Kafka is away, or this master has just started. */
export const sampleOf = (parts: ScalingParts): Omit<FleetSample, 'at'> | undefined => {
  const { latest } = parts.jobs.monitor
  if (!latest || Date.now() - latest.at > SAMPLE_MS || !parts.fleet.isCurrent) return undefined
  const { lag, parked, arrivalRate, drainRate, replicas } = scalingOf(parts)
  const { desired, ready } = replicas
  return { lag, parkedDue: parked.due, arrivalRate, drainRate, desired, ready }
}

/**
 * Time between the points of a range, so that there are at most so many (two or more). Steps begin at multiples of themselves,
 * wherever the range does: a range that moves on keeps its points.
 */
export const stepOf = (rangeMs: number, points: number): number => {
  const samples = Math.ceil(rangeMs / SAMPLE_MS)
  // A range of n steps may touch n + 1 of them.
  return samples <= points ? SAMPLE_MS : Math.ceil(samples / (points - 1)) * SAMPLE_MS
}

const time = z.iso.datetime({ offset: true })

const query = z.object({
  from: time.optional().meta({ description: 'Default: an hour before `to`.' }),
  to: time.optional().meta({ description: 'Default: now.' }),
  points: z.coerce.number().int().min(2).max(2_000).default(720).meta({ description: 'Points at most.' }),
})

export const history = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    stepMs: z.int().meta({
      description: `Time that a point stands for, ms: ${SAMPLE_MS}, or a multiple where there would be too many.`,
    }),
    points: z
      .array(
        z.object({
          at: z.iso.datetime().meta({ description: 'When its step begins.' }),
          lag: z.int().meta({ description: 'As in `GET /scaling`; the largest within the step.' }),
          parkedDue: z.int().meta({ description: 'Those of `lag` that are parked; the largest.' }),
          arrivalRate: z.number().meta({ description: 'Jobs/s published; the mean.' }),
          drainRate: z.number().meta({ description: 'Jobs/s committed; the mean.' }),
          desired: z.int().meta({ description: 'Workers that the scaler wants; the largest number.' }),
          ready: z.int().meta({ description: 'Workers that take jobs; the largest number.' }),
        }),
      )
      .meta({ description: 'Oldest first. A step of which nothing is known is absent.' }),
    decisions: z.array(decision).meta({ description: `Newest first, ${MAX_DECISIONS} at most.` }),
  })
  .meta({ id: 'ScalingHistory' })

/** @throws AppError REQUEST_INVALID for one that ends before it begins */
const rangeOf = ({ from, to }: z.output<typeof query>): { from: number; to: number } => {
  const end = to === undefined ? Date.now() : Date.parse(to)
  const begin = from === undefined ? end - HOUR_MS : Date.parse(from)
  if (begin < end) return { from: begin, to: end }
  const message = 'must be before to'
  throw new AppError('REQUEST_INVALID', `query parameter: from: ${message}`, {
    faults: [{ path: '/from', message }],
  })
}

const tenths = (rate: number): number => Math.round(rate * 10) / 10
const iso = (ms: number): string => new Date(ms).toISOString()

export const historyRoute = ({ db }: ApiParts): Route =>
  route({
    method: 'get',
    path: '/scaling/history',
    tag: 'fleet',
    summary: 'Lag, rates and workers over time, and each decision',
    description:
      'Sampled every 5 s, kept for `HISTORY_RETENTION` hours (24 by default). While PostgreSQL, Kafka or all masters are away nothing is ' +
      'sampled; decisions are made up for.',
    role: 'read',
    query,
    answers: { 200: { description: 'From `from` on, before `to`', schema: history } },
    async handle(input, _request, response) {
      const range = rangeOf(input.query)
      const stepMs = stepOf(range.to - range.from, input.query.points)
      const [samples, decisions] = await stored(
        Promise.all([readSamples(db, range, stepMs), readDecisions(db, range, MAX_DECISIONS)]),
      )
      const points = samples.map(({ at, arrivalRate, drainRate, ...rest }) => ({
        at: iso(at),
        ...rest,
        arrivalRate: tenths(arrivalRate),
        drainRate: tenths(drainRate),
      }))
      json(response, 200, { from: iso(range.from), to: iso(range.to), stepMs, points, decisions })
    },
  })
