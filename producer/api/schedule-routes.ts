/** Schedules: jobs that are submitted at their times. */
import type { Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { type Job, job } from '../../core/job.ts'
import {
  newSchedule,
  type Schedule,
  type ScheduleView,
  scheduleDetails,
  scheduleName,
  scheduleReplacement,
  scheduleView,
} from '../../core/schedule.ts'
import { jobOf } from '../schedules/materialize.ts'
import type { ScheduleNow } from '../schedules/schedules.ts'
import { nextTick, upcoming } from '../schedules/timing.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

/** Ticks that are shown of the future. */
const UPCOMING = 5

const params = z.object({ name: scheduleName })

const listQuery = z.object({
  paused: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  after: scheduleName.optional().meta({ description: 'Cursor: `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const page = z
  .object({
    schedules: z.array(scheduleView).meta({ description: 'By name.' }),
    next: z.string().optional().meta({ description: 'Cursor of the next page: `after`.' }),
  })
  .meta({ id: 'SchedulePage' })

const iso = (ms: number): string => new Date(ms).toISOString()

/** As it is shown at a time of the database's clock, milliseconds. */
const view = (schedule: Schedule, now: number): ScheduleView => {
  const { name, cron, intervalMs, timezone, missed, overlap, paused } = schedule
  const nextAt = paused ? undefined : nextTick(schedule, now)
  return {
    name,
    ...(cron === undefined ? {} : { cron }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    timezone,
    startAt: iso(schedule.startAt),
    job: schedule.job,
    missed,
    overlap,
    paused,
    ...(nextAt === undefined ? {} : { nextAt: iso(nextAt) }),
    createdAt: iso(schedule.createdAt),
    updatedAt: iso(schedule.updatedAt),
  }
}

const changed = (response: Response, status: number, { schedule, now }: ScheduleNow): void =>
  json(response, status, view(schedule, now))

export const scheduleRoutes = ({ schedules, recent, callerOf }: ApiParts): Route[] => {
  const pauseRoute = (verb: 'pause' | 'resume', summary: string, description: string): Route =>
    route({
      method: 'post',
      path: `/schedules/:name/${verb}`,
      tag: 'schedules',
      summary,
      description,
      role: 'operate',
      params,
      answers: { 200: { description: 'The schedule', schema: scheduleView } },
      async handle({ params: { name } }, _request, response) {
        changed(response, 200, await schedules.setPaused(name, verb === 'pause'))
      },
    })

  return [
    route({
      method: 'get',
      path: '/schedules',
      tag: 'schedules',
      summary: 'List schedules',
      role: 'read',
      query: listQuery,
      answers: { 200: { description: 'A page', schema: page } },
      async handle({ query }, _request, response) {
        const list = await schedules.list(query)
        const next = list.schedules.length === query.limit ? list.schedules.at(-1)?.name : undefined
        json(response, 200, {
          schedules: list.schedules.map((it) => view(it, list.now)),
          ...(next === undefined ? {} : { next }),
        })
      },
    }),
    route({
      method: 'post',
      path: '/schedules',
      tag: 'schedules',
      summary: 'Create a schedule',
      description:
        'One run a tick, however many masters there are. Its job has at most 64 kB, and there are at most 100,000 schedules.',
      role: 'operate',
      body: newSchedule,
      answers: {
        201: { description: 'Created', schema: scheduleView, headers: { Location: 'The schedule' } },
      },
      async handle({ body: { name, ...body } }, _request, response) {
        const created = await schedules.create(name, body)
        response.location(`/api/schedules/${name}`)
        changed(response, 201, created)
      },
    }),
    route({
      method: 'get',
      path: '/schedules/:name',
      tag: 'schedules',
      summary: 'A schedule: its next runs and its last ones',
      role: 'read',
      params,
      answers: { 200: { description: 'The schedule', schema: scheduleDetails } },
      async handle({ params: { name } }, _request, response) {
        const known = await schedules.get(name)
        json(response, 200, {
          ...view(known.schedule, known.now),
          next: known.schedule.paused ? [] : upcoming(known.schedule, known.now, UPCOMING).map(iso),
          recent: known.recent.map(({ at, jobId, skipped }) => ({
            at: iso(at),
            ...(jobId === undefined ? {} : { jobId }),
            ...(skipped === undefined ? {} : { skipped }),
          })),
        })
      },
    }),
    route({
      method: 'put',
      path: '/schedules/:name',
      tag: 'schedules',
      summary: 'Replace a schedule, or create it',
      description:
        'All of it: what is left out has its default, but for `startAt`, which is the time of its creation. Runs whose time has not come ' +
        'are made by what it says now.',
      role: 'operate',
      params,
      body: scheduleReplacement,
      answers: {
        200: { description: 'Replaced', schema: scheduleView },
        201: { description: 'Created', schema: scheduleView, headers: { Location: 'The schedule' } },
      },
      async handle({ params: { name }, body: { name: given = name, ...body } }, _request, response) {
        if (given !== name) {
          const message = `must be ${name}, as in the path, or be left out`
          throw new AppError('REQUEST_INVALID', `/name: ${message}`, { faults: [{ path: '/name', message }] })
        }
        const replaced = await schedules.replace(name, body)
        if (replaced.isNew) response.location(`/api/schedules/${name}`)
        changed(response, replaced.isNew ? 201 : 200, replaced)
      },
    }),
    route({
      method: 'delete',
      path: '/schedules/:name',
      tag: 'schedules',
      summary: 'Delete a schedule',
      description:
        'Runs to come are cancelled; jobs of ticks that are past, or a quarter of a second ahead at most, go on.',
      role: 'operate',
      params,
      answers: { 204: { description: 'Deleted' } },
      async handle({ params: { name } }, _request, response) {
        await schedules.remove(name)
        response.status(204).end()
      },
    }),
    pauseRoute('pause', 'Pause a schedule', 'No tick from now on, until it is resumed.'),
    pauseRoute(
      'resume',
      'Resume a schedule',
      'It goes on with its next tick; those while it was paused are past.',
    ),
    route({
      method: 'post',
      path: '/schedules/:name/run',
      tag: 'schedules',
      summary: 'Run it now',
      description: 'Submits its job beside its ticks, also while it is paused.',
      role: 'operate',
      params,
      headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
      answers: {
        202: { description: 'Accepted', schema: job, headers: { Location: 'The job' } },
      },
      async handle({ params: { name } }, request, response) {
        const { schedule, id, submittedAt, repeated, offset } = await schedules.run(name, {
          traceparent: request.get('traceparent'),
          idempotencyKey: request.get('idempotency-key'),
          tenant: callerOf(request).tenant,
        })
        const { type, key } = jobOf(schedule)
        if (repeated) response.set('Idempotency-Replayed', 'true')
        else recent.add({ id, type, key, offset })
        response.location(`/api/jobs/${id}`)
        const body: Job = {
          id,
          type,
          ...(key === undefined ? {} : { key }),
          status: 'queued',
          attempts: [],
          submittedAt: iso(submittedAt),
        }
        json(response, 202, body)
      },
    }),
  ]
}
