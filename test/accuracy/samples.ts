/** The real series of `shared/sample-series`, with the windows that people marked. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { prepare } from '../../consumer/detection/prepare.ts'
import { z } from '../../core/handler.ts'
import { parseTimestamp } from '../../core/series/timestamp.ts'
import type { Label, LabelledSeries } from './generator/series.ts'

const folder = new URL('../../../shared/sample-series/', import.meta.url)

const rowsSchema = z.array(z.object({ timestamp: z.string(), value: z.coerce.number() }))
const labelsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])))

const msOf = (timestamp: string): number => parseTimestamp(timestamp)?.ms ?? Number.NaN

/** The points from one time to another; none where there is no point between them. */
const pointsBetween = (timesMs: Float64Array, from: number, to: number): Label[] => {
  const start = timesMs.findIndex((ms) => ms >= from)
  const end = timesMs.findLastIndex((ms) => ms <= to)
  return start < 0 || end < start ? [] : [{ start, end, kind: 'unknown' }]
}

const readSample = async (
  file: string,
  windows: readonly (readonly [string, string])[],
): Promise<LabelledSeries> => {
  const text = await readFile(new URL(file, folder), 'utf8')
  const rows = rowsSchema.parse(parse(text, { columns: true, skip_empty_lines: true }))
  const { input } = prepare({
    columns: [{ name: 'value', values: rows.map(({ value }) => value) }],
    timesMs: rows.map(({ timestamp }) => msOf(timestamp)),
  })
  const timesMs = input.timesMs ?? new Float64Array()
  const labels = windows.flatMap(([from, to]) => pointsBetween(timesMs, msOf(from), msOf(to)))
  return { name: file.replace(/\.csv$/, ''), input, labels }
}

/** The folder where samples are looked for. */
export const samplesFolder = folder.pathname

/** Undefined where the folder is not there. */
export const readSamples = async (): Promise<LabelledSeries[] | undefined> => {
  if (!existsSync(folder)) return undefined
  const labels = labelsSchema.parse(JSON.parse(await readFile(new URL('labels.json', folder), 'utf8')))
  return Promise.all(Object.entries(labels).map(([file, windows]) => readSample(file, windows)))
}
