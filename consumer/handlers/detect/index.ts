/** The job type `detect`: finds the anomalies of a time series. What there is to detect with: consumer/detection/. */
import { AppError } from '../../../core/errors.ts'
import { defineHandler, z } from '../../../core/handler.ts'
import type { Points } from '../../../core/store/data-set-points.ts'
import { analyse } from '../../detection/analyse.ts'
import { byRow, type RowReport } from '../../detection/by-row.ts'
import { choosers, DEFAULT_DETECTOR, detectorNames, detectors } from '../../detection/catalogue.ts'
import { prepare } from '../../detection/prepare.ts'
import { DEFAULT_THRESHOLDS } from '../../detection/score.ts'
import { loadPoints, tableOfPoints } from './by-reference.ts'
import {
  columnsSchema,
  type Given,
  seriesSchema,
  tableOfColumns,
  tableOfSeries,
  timestampsSchema,
} from './series.ts'

const choices = detectorNames
  .map((name) => `${name}: ${(choosers.get(name) ?? detectors.get(name))?.description}`)
  .join(' ')

const payloadSchema = z
  .strictObject({
    series: seriesSchema.optional(),
    dataSet: z.uuid().optional().describe('The id of a data set; "series" is the name of one of its series.'),
    columns: columnsSchema.optional(),
    timestamps: timestampsSchema.optional(),
    detector: z
      .enum(detectorNames)
      .optional()
      .describe(`The detector, ${DEFAULT_DETECTOR} by default. ${choices}`),
    threshold: z
      .number()
      .positive()
      .lt(1)
      .optional()
      .describe(
        `Score from which on a point is flagged. By default ${DEFAULT_THRESHOLDS.streaming} of a streaming detector (10 expected false alarms in 10,000 points), ${DEFAULT_THRESHOLDS.batch} of a batch detector (100).`,
      ),
    scores: z.boolean().optional().describe('false leaves scores and band out of the result.'),
    band: z.boolean().optional().describe('false leaves the band out of the result.'),
  })
  .superRefine(({ series, dataSet, columns, timestamps }, context) => {
    const fault = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((series === undefined) === (columns === undefined)) {
      fault(
        'series',
        'must be an array of numbers, or of {timestamp, value}; or "columns" stands in its place',
      )
    }
    if (dataSet !== undefined && typeof series !== 'string') {
      fault('series', 'must be the name of a series in the data set')
    }
    if (dataSet === undefined && typeof series === 'string') {
      fault('series', 'must be an array of numbers, or of {timestamp, value}')
    }
    if (timestamps === undefined) return
    if (columns === undefined)
      fault('timestamps', 'belongs to "columns": the points of "series" have their own')
    const rows = Object.values(columns ?? {})[0]?.length
    if (rows !== undefined && timestamps.length !== rows) {
      fault('timestamps', `must be one a row: ${rows}, has ${timestamps.length}`)
    }
  })
  .meta({ oneOf: [{ required: ['series'] }, { required: ['columns'] }] })

export type DetectPayload = z.input<typeof payloadSchema>

/** A payload, with the points of the series that it refers to. */
interface LoadedPayload extends DetectPayload {
  readonly points?: Points
}

/** The rows of a job. Every way to give them ends in a table. */
const givenBy = ({ series = [], points, columns, timestamps }: LoadedPayload): Given => {
  if (columns) return tableOfColumns(columns, timestamps)
  if (points) return tableOfPoints(points)
  if (typeof series === 'string')
    throw new AppError('REQUEST_INVALID', `series: the points of "${series}" are not here`)
  return tableOfSeries(series)
}

/**
 * Detects the anomalies of a payload that the schema has accepted.
 * @throws AppError REQUEST_INVALID for what the detector does not take
 */
export const detect = (payload: LoadedPayload): RowReport => {
  const { scores = true, band = true } = payload
  const { table, timestampOf } = givenBy(payload)
  const prepared = prepare(table)
  const report = analyse(prepared.input, payload)
  return byRow({ report, prepared, timestampOf, scores, band: scores && band })
}

export default defineHandler({
  type: 'detect',
  description: 'Finds the anomalies of a time series: ranges of rows, and a score from 0 to 1 for every row.',
  thread: true,
  schema: payloadSchema,
  async load(payload, { platform, signal }): Promise<LoadedPayload> {
    const { dataSet, series } = payload
    if (dataSet === undefined || typeof series !== 'string') return payload
    return { ...payload, points: await loadPoints(platform.db, dataSet, series, signal) }
  },
  run: detect,
})
