/** `npm run -s detect -- FILE.csv`: the anomaly score of each row of a file, with no service running. */
import { once } from 'node:events'
import { wantsHelp } from '../../core/command-line.ts'
import { AppError } from '../../core/errors.ts'
import { type CsvSeries, readCsv, readCsvFile } from '../../core/series/csv.ts'
import { analyse } from './analyse.ts'
import { byRow } from './by-row.ts'
import { type DetectOptions, helpText, readArgs } from './cli/args.ts'
import { listing, scoreLines, summary } from './cli/render.ts'
import { prepare } from './prepare.ts'

const read = (file: string, { columns, timestamp }: DetectOptions): Promise<CsvSeries> => {
  const options = { columns, timestamp, texts: true }
  return file === '-' ? readCsv(process.stdin, { name: 'stdin', ...options }) : readCsvFile(file, options)
}

const print = async (text: string): Promise<void> => {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

const detect = async (file: string, options: DetectOptions): Promise<void> => {
  const series = await read(file, options)
  const { columns, timestamps, timesMs } = series
  const prepared = prepare({ columns, ...(timesMs && { timesMs }) })
  const report = analyse(prepared.input, options)
  console.error(summary(series, prepared, report))
  if (options.json) {
    const timestampOf = timestamps && ((row: number) => timestamps.at(row))
    await print(`${JSON.stringify(byRow({ report, prepared, timestampOf, scores: true, band: true }))}\n`)
    return
  }
  for (const lines of scoreLines(series, prepared, report)) await print(lines)
}

// Who reads may stop: `npm run -s detect -- x.csv | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const args = process.argv.slice(2)
try {
  if (wantsHelp(args)) await print(`${helpText()}\n`)
  else {
    const options = readArgs(args)
    if (options.file !== undefined) await detect(options.file, options)
    else await print(listing())
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error
  for (const line of error.message.split('\n')) console.error(`detect: ${line}`)
  process.exitCode = 1
}
