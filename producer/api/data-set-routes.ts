/** Data sets: many series, uploaded once, for jobs to refer to. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { readPoints } from '../../core/store/data-set-points.ts'
import {
  deleteDataSet,
  findSeries,
  getDataSet,
  listDataSets,
  listSeries,
} from '../../core/store/data-sets.ts'
import { storeError } from '../../core/store/database.ts'
import { MAX_NAME, MAX_POINTS, MAX_SERIES } from '../data-sets/collector.ts'
import { createUpload, uploadTypes } from '../data-sets/upload.ts'
import { dataSet, page, points, seriesPage, seriesView, view } from './data-set-view.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

/** Points of one answer. */
const MAX_POINTS_READ = 100_000

const params = z.object({ id: z.uuid().meta({ description: 'The data set’s id' }) })
const seriesParams = params.extend({ name: z.string().min(1).meta({ description: 'The series’ name' }) })
const limit = z.coerce.number().int().min(1).max(1_000).default(100)

const uploadText =
  `Streamed; up to ${MAX_SERIES.toLocaleString('en')} series of ${MAX_POINTS.toLocaleString('en')} points each, and ` +
  '`DATA_SET_BYTES` in all. `text/csv`: a timestamp and a column a series; or, with a column `series`, a row a point ' +
  '(`timestamp,series,value`). `application/x-ndjson`: a line a point, `{series, timestamp?, value}`, or a line a series, ' +
  '`{series, timestamps?, values}`. `multipart/form-data`: CSV files, a series each, named as the file is. Timestamps: RFC 3339, ' +
  '`YYYY-MM-DD HH:MM:SS` (UTC), or numbers since the epoch. Empty cells and null are missing values. All or nothing: what is ' +
  'wrong, or cut off, leaves nothing.'

const notFound = (id: string, name?: string): AppError =>
  new AppError(
    'NOT_FOUND',
    name === undefined
      ? `There is no data set ${id}, or its time to be kept is over.`
      : `There is no series "${name}" in a data set ${id}.`,
  )

export const dataSetRoutes = ({ db, config, log }: ApiParts): Route[] => {
  const upload = createUpload({ db, settings: config.dataSets, log })
  const stored = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw storeError(error)
    })

  return [
    route({
      method: 'post',
      path: '/data-sets',
      tag: 'data sets',
      summary: 'Upload a data set',
      description: uploadText,
      role: 'submit',
      query: z.object({ name: z.string().trim().min(1).max(MAX_NAME) }),
      stream: uploadTypes,
      answers: {
        201: { description: 'All of it is kept', schema: dataSet, headers: { Location: 'The data set' } },
      },
      async handle({ query: { name } }, request, response) {
        const done = await upload(request, name)
        response.location(`/api/data-sets/${done.id}`)
        json(response, 201, view(done))
      },
    }),
    route({
      method: 'get',
      path: '/data-sets',
      tag: 'data sets',
      summary: 'List data sets',
      description: 'Newest first.',
      role: 'read',
      query: z.object({ after: z.uuid().optional(), limit }),
      answers: { 200: { description: 'A page', schema: page } },
      async handle({ query }, _request, response) {
        const found = await stored(listDataSets(db, query.after, query.limit))
        const next = found.length === query.limit ? found.at(-1)?.id : undefined
        json(response, 200, { dataSets: found.map(view), ...(next === undefined ? {} : { next }) })
      },
    }),
    route({
      method: 'get',
      path: '/data-sets/:id',
      tag: 'data sets',
      summary: 'A data set',
      role: 'read',
      params,
      answers: { 200: { description: 'The data set', schema: dataSet } },
      async handle({ params: { id } }, _request, response) {
        const found = await stored(getDataSet(db, id))
        if (!found) throw notFound(id)
        json(response, 200, view(found))
      },
    }),
    route({
      method: 'delete',
      path: '/data-sets/:id',
      tag: 'data sets',
      summary: 'Delete a data set',
      description: 'With all its points. Jobs that refer to it and have not begun will fail.',
      role: 'submit',
      params,
      answers: { 204: { description: 'Deleted' } },
      async handle({ params: { id } }, _request, response) {
        if (!(await stored(deleteDataSet(db, id)))) throw notFound(id)
        response.status(204).end()
      },
    }),
    route({
      method: 'get',
      path: '/data-sets/:id/series',
      tag: 'data sets',
      summary: 'The series of a data set',
      description: 'In the order in which they came.',
      role: 'read',
      params,
      query: z.object({ after: z.coerce.number().int().min(-1).default(-1), limit }),
      answers: { 200: { description: 'A page', schema: seriesPage } },
      async handle({ params: { id }, query }, _request, response) {
        if (!(await stored(getDataSet(db, id)))) throw notFound(id)
        const found = await stored(listSeries(db, id, query.after, query.limit))
        const next = found.length === query.limit ? found.at(-1)?.number : undefined
        json(response, 200, {
          series: found.map(seriesView),
          ...(next === undefined ? {} : { next: String(next) }),
        })
      },
    }),
    route({
      method: 'get',
      path: '/data-sets/:id/series/:name',
      tag: 'data sets',
      summary: 'Points of a series',
      role: 'read',
      params: seriesParams,
      query: z.object({
        from: z.coerce.number().int().min(0).default(0).meta({ description: 'Row, from 0 on.' }),
        limit: z.coerce.number().int().min(1).max(MAX_POINTS_READ).default(10_000),
      }),
      answers: { 200: { description: 'Points that follow each other', schema: points } },
      async handle({ params: { id, name }, query: { from, limit } }, _request, response) {
        const found = await stored(findSeries(db, id, name))
        const read = found && (await stored(readPoints(db, id, found, from, limit)))
        if (!found || !read) throw notFound(id, name)
        const { values, timesMs } = read
        json(response, 200, {
          ...seriesView(found),
          from,
          ...(timesMs ? { timestamps: Array.from(timesMs) } : {}),
          // JSON.stringify writes NaN as null.
          values: Array.from(values),
          ...(from + values.length < found.points ? { next: from + limit } : {}),
        })
      },
    }),
  ]
}
