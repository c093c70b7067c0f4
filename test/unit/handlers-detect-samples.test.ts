/** The real series of `shared/sample-series`, with the windows in which people call them anomalous. Skips without. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Anomaly } from '../../consumer/detection/by-row.ts'
import { detect } from '../../consumer/handlers/detect/index.ts'
import { z } from '../../core/handler.ts'
import { parseTimestamp } from '../../core/series/timestamp.ts'

const test = suite('detect on the sample series')
const folder = new URL('../../../shared/sample-series/', import.meta.url)

const rowsSchema = z.array(z.object({ timestamp: z.string(), value: z.coerce.number() }))
const labelsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])))

const timeOf = (timestamp: unknown): number => parseTimestamp(timestamp)?.ms ?? Number.NaN
const overlaps = (anomaly: Anomaly, [start, end]: readonly [string, string]): boolean =>
  timeOf(anomaly.endTimestamp) >= timeOf(start) && timeOf(anomaly.startTimestamp) <= timeOf(end)

const answer = async (file: string, windows: readonly (readonly [string, string])[]) => {
  const text = await readFile(new URL(file, folder), 'utf8')
  const series = rowsSchema.parse(parse(text, { columns: true, skip_empty_lines: true }))
  const { anomalies } = detect({ series })
  return {
    file,
    rows: series.length,
    anomalies: anomalies.length,
    windows: windows.length,
    hit: windows.filter((window) => anomalies.some((anomaly) => overlaps(anomaly, window))).length,
    elsewhere: anomalies.filter((anomaly) => !windows.some((window) => overlaps(anomaly, window))).length,
  }
}

const there = existsSync(folder)
if (!there) console.log(`SKIPPED: detect on the sample series: there is no ${folder.pathname}`)
const sampled = there ? test : test.skip

sampled('every series is answered, most windows are hit, little else is flagged', async () => {
  const labels = labelsSchema.parse(JSON.parse(await readFile(new URL('labels.json', folder), 'utf8')))
  const answers = await Promise.all(Object.entries(labels).map(([file, windows]) => answer(file, windows)))
  console.table(answers)
  for (const { file, hit, rows, elsewhere } of answers) {
    assert.ok(hit > 0, `${file}: no window is hit`)
    assert.ok(elsewhere <= Math.max(5, rows / 1000), `${file}: ${elsewhere} ranges elsewhere`)
  }
  const total = (key: 'windows' | 'hit') => answers.reduce((sum, each) => sum + each[key], 0)
  assert.ok(total('hit') >= 0.7 * total('windows'), `${total('hit')} of ${total('windows')} windows`)
})

test.run()
