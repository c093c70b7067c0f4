/** The simulator: `npm run simulate -- --policy drain-time --trace burst --workers-max 24`. */
import { wantsHelp } from '../../core/command-line.ts'
import { AppError } from '../../core/errors.ts'
import { helpText, readArgs } from './args.ts'
import { render } from './render.ts'
import { runScenario } from './scenario.ts'

const WRONG_OPTIONS = 2

const args = process.argv.slice(2)
if (wantsHelp(args)) console.log(helpText())
else {
  try {
    const options = readArgs(args)
    const comparison = await runScenario(options)
    console.log(
      options.json ? JSON.stringify(comparison, null, 2) : render(comparison, options.chart).join('\n'),
    )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    for (const line of error.message.split('\n')) console.error(`simulate: ${line}`)
    process.exitCode = error.code === 'REQUEST_INVALID' && error.faults.length > 0 ? WRONG_OPTIONS : 1
  }
}
