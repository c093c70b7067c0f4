/** Data sets and their series as the API shows them. */
import { z } from 'zod'
import type { DataSet, DataSetSeries } from '../../core/store/data-sets.ts'

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })

export const dataSet = z
  .object({
    id: z.uuid(),
    name: z.string(),
    series: z.int().meta({ description: 'How many.' }),
    points: z.int().meta({ description: 'Of all series together.' }),
    createdAt: time,
    expiresAt: time.meta({ description: 'When it is deleted, unless that was done before.' }),
  })
  .meta({ id: 'DataSet' })

const series = z
  .object({
    name: z.string(),
    number: z.int().meta({ description: 'From 0 on, in the order in which they came: a cursor.' }),
    points: z.int(),
    startsAt: time.optional().meta({ description: 'Timestamp of its first point, where it has any.' }),
    endsAt: time.optional().meta({ description: 'Of its last.' }),
  })
  .meta({ id: 'DataSetSeries' })

const cursor = z.string().optional().meta({ description: 'Cursor of the next page: `after`.' })
export const page = z.object({ dataSets: z.array(dataSet), next: cursor }).meta({ id: 'DataSetPage' })
export const seriesPage = z
  .object({ series: z.array(series), next: cursor })
  .meta({ id: 'DataSetSeriesPage' })

export const points = series
  .extend({
    from: z.int().meta({ description: 'The row of the first that is here.' }),
    timestamps: z
      .array(z.number())
      .optional()
      .meta({ description: 'Milliseconds since the epoch, one a value; absent where it has none.' }),
    values: z.array(z.number().nullable()).meta({ description: 'null: missing.' }),
    next: z.int().optional().meta({ description: 'The first row of the next page: `from`.' }),
  })
  .meta({ id: 'DataSetPoints' })

const iso = (ms: number): string => new Date(ms).toISOString()

export const view = ({ id, name, series, points, createdAt, expiresAt }: DataSet) => ({
  id,
  name,
  series,
  points,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

export const seriesView = ({ name, number, points, firstMs, lastMs }: DataSetSeries) => ({
  name,
  number,
  points,
  ...(firstMs === undefined ? {} : { startsAt: iso(firstMs) }),
  ...(lastMs === undefined ? {} : { endsAt: iso(lastMs) }),
})
