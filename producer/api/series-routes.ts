/** Standing series: points are appended, a detector judges them as they come, and an alarm is raised for each event. */
import type { Request } from 'express'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { CSV, NDJSON, pointsOfText } from '../../core/series/points-text.ts'
import { seriesDetails, seriesSettings, seriesView } from '../../core/series/settings.ts'
import {
  alarm,
  append,
  judgedPoint,
  KEPT_POINTS,
  MAX_APPEND,
  MAX_SERIES,
  type Point,
  pointList,
  seriesName,
} from '../../core/series/watch.ts'
import { listAlarms } from '../../core/store/series-alarms.ts'
import { readPoints } from '../../core/store/series-points.ts'
import { appendJob, createSeries, stored, viewOf } from '../series.ts'
import { answerJobs, submitAnswers, submitHeaders } from './answer-job.ts'
import type { ApiParts } from './parts.ts'
import { checkBody, json, type Route, route } from './route.ts'

/** Alarms that are shown with a series. */
const LATEST = 10

const params = z.object({ name: seriesName })

const listQuery = z.object({
  after: seriesName.optional().meta({ description: 'Cursor: `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

const page = z
  .object({
    series: z.array(seriesView).meta({ description: 'By name.' }),
    next: z.string().optional().meta({ description: 'Cursor of the next page: `after`.' }),
  })
  .meta({ id: 'SeriesPage' })

const pointsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(KEPT_POINTS).default(1_000),
})

const alarmsQuery = z.object({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Cursor: `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const alarmPage = z
  .object({
    alarms: z.array(alarm).meta({ description: 'Newest first.' }),
    next: z.int().optional().meta({ description: 'Cursor of the next page: `after`.' }),
  })
  .meta({ id: 'AlarmPage' })

/** The points of a request's body, in whatever form. @throws AppError REQUEST_INVALID naming what is wrong */
const pointsOf = (body: z.output<typeof append> | undefined, request: Request): readonly Point[] => {
  if (body) return body.points
  const { body: text }: { body: unknown } = request
  if (typeof text !== 'string') throw new AppError('REQUEST_INVALID', 'The body is empty.')
  return checkBody(pointList, pointsOfText(text, request.is(CSV) ? CSV : NDJSON))
}

export const seriesRoutes = (parts: ApiParts): Route[] => {
  const { db, handlers } = parts
  const series = createSeries(db, handlers)
  const answerJob = answerJobs(parts)

  return [
    route({
      method: 'get',
      path: '/series',
      tag: 'series',
      summary: 'List standing series',
      role: 'read',
      query: listQuery,
      answers: { 200: { description: 'A page', schema: page } },
      async handle({ query }, _request, response) {
        const list = await series.list(query)
        const next = list.length === query.limit ? list.at(-1)?.name : undefined
        json(response, 200, {
          series: list.map((it) => viewOf(it)),
          ...(next === undefined ? {} : { next }),
        })
      },
    }),
    route({
      method: 'get',
      path: '/series/:name',
      tag: 'series',
      summary: 'A series: settings, last point, latest alarms',
      role: 'read',
      params,
      answers: { 200: { description: 'The series', schema: seriesDetails } },
      async handle({ params: { name } }, _request, response) {
        const known = await series.get(name)
        const [points, latestAlarms] = await stored(
          Promise.all([
            readPoints(db, name, known.rows - 1, known.rows),
            listAlarms(db, name, { limit: LATEST }),
          ]),
        )
        const [last] = points
        json(response, 200, { ...viewOf(known), ...(last ? { last } : {}), latestAlarms })
      },
    }),
    route({
      method: 'put',
      path: '/series/:name',
      tag: 'series',
      summary: 'Create a series, or change its settings',
      description:
        'All settings: what is left out has its default. With another detector the series goes on from its points that are kept. ' +
        `At most ${MAX_SERIES.toLocaleString('en')} series.`,
      role: 'operate',
      params,
      body: seriesSettings,
      answers: {
        200: { description: 'Changed', schema: seriesView },
        201: { description: 'Created', schema: seriesView, headers: { Location: 'The series' } },
      },
      async handle({ params: { name }, body }, _request, response) {
        const { series: put, isNew, made } = await series.put(name, body)
        if (isNew) response.location(`/api/series/${name}`)
        json(response, isNew ? 201 : 200, viewOf(put, made))
      },
    }),
    route({
      method: 'delete',
      path: '/series/:name',
      tag: 'series',
      summary: 'Delete a series with its points and alarms',
      description: 'Appends that wait make it anew, with defaults; alarms that wait to be delivered are not.',
      role: 'operate',
      params,
      answers: { 204: { description: 'Deleted' } },
      async handle({ params: { name } }, _request, response) {
        await series.remove(name)
        response.status(204).end()
      },
    }),
    route({
      method: 'post',
      path: '/series/:name/points',
      tag: 'series',
      summary: 'Append points',
      description:
        `1 to ${MAX_APPEND} points in the order of time, as one job of type \`watch\`: all of them are judged, or none. The appends of a ` +
        'series run in the order in which they were accepted. A series that does not exist is made, with defaults. Points whose time is not ' +
        'after that of the point before are left out, and counted in the result. ' +
        'NDJSON: a point a line. CSV: `timestamp,value` or `value` a line, with or without a header.',
      role: 'submit',
      params,
      headers: submitHeaders,
      body: append.optional(),
      texts: [NDJSON, CSV],
      answers: submitAnswers,
      handle: ({ params: { name }, body }, request, response) =>
        answerJob(appendJob(name, pointsOf(body, request)), request, response),
    }),
    route({
      method: 'get',
      path: '/series/:name/points',
      tag: 'series',
      summary: 'The last points, with their scores and what was expected',
      role: 'read',
      params,
      query: pointsQuery,
      answers: {
        200: {
          description: 'In order',
          schema: z.object({ points: z.array(judgedPoint) }).meta({ id: 'JudgedPoints' }),
        },
      },
      async handle({ params: { name }, query: { limit } }, _request, response) {
        const { rows } = await series.get(name)
        json(response, 200, { points: await stored(readPoints(db, name, rows - limit, rows)) })
      },
    }),
    route({
      method: 'get',
      path: '/series/:name/alarms',
      tag: 'series',
      summary: 'The alarms of a series',
      role: 'read',
      params,
      query: alarmsQuery,
      answers: { 200: { description: 'A page', schema: alarmPage } },
      async handle({ params: { name }, query: { after, limit } }, _request, response) {
        await series.get(name)
        const alarms = await stored(listAlarms(db, name, { before: after, limit }))
        const next = alarms.length === limit ? alarms.at(-1)?.row : undefined
        json(response, 200, { alarms, ...(next === undefined ? {} : { next }) })
      },
    }),
  ]
}
