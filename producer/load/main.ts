/**
 * The load test: `npm run load -- --url http://127.0.0.1:8080 --jobs 20000 --rate 500`. The API is all it uses, so it
 * runs against any master it can reach. What is measured, and from when on, is in schedule.ts and report.ts.
 */
import { wantsHelp } from '../../core/command-line.ts'
import { AppError } from '../../core/errors.ts'
import { helpText, readArgs } from './args.ts'
import { createClient } from './client.ts'
import { createProgress } from './progress.ts'
import { renderReport } from './render.ts'
import { exitCodeOf } from './report.ts'
import { runLoad } from './run.ts'
import { readSeries } from './series.ts'

const WRONG_OPTIONS = 2

const load = async (args: readonly string[]): Promise<number> => {
  const options = readArgs(args)
  const series = await Promise.all(options.files.map(readSeries))
  const progress = createProgress(process.stderr)
  const interrupt = new AbortController()
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130)
    progress.say('No more submissions; the report follows (Ctrl-C again: no report).')
    interrupt.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const client = createClient(options)
  try {
    const report = await runLoad({ options, client, progress, series, interrupt: interrupt.signal })
    process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : renderReport(report)}\n`)
    return exitCodeOf(report)
  } finally {
    client.close()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

const args = process.argv.slice(2)
if (wantsHelp(args)) console.log(helpText())
else {
  try {
    process.exitCode = await load(args)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    for (const line of error.message.split('\n')) console.error(`load: ${line}`)
    process.exitCode = error.code === 'REQUEST_INVALID' && error.faults.length > 0 ? WRONG_OPTIONS : 1
  }
}
