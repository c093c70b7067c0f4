/** How well the detectors find anomalies that are known, as tables: `make accuracy`. */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { detectorNames } from '../../consumer/detection/catalogue.ts'
import { toError } from '../../core/errors.ts'
import { comparisons } from './compare.ts'
import type { Evaluation, Refusal, Task } from './evaluate.ts'
import { multivariate, univariate } from './generator/corpus.ts'
import type { LabelledSeries } from './generator/series.ts'
import { type Corpus, type Options, readOptions, USAGE } from './options.ts'
import { readSamples, samplesFolder } from './samples.ts'
import { reportSpeed } from './speed.ts'
import { calibrationTable, choices, kindTable, sampleTable, signalTable, summaryTable } from './tables.ts'

const seriesOf = async (
  corpus: Corpus,
  { seeds, rounds }: Options,
): Promise<LabelledSeries[] | undefined> => {
  if (corpus === 'samples') return readSamples()
  return [...(corpus === 'univariate' ? univariate : multivariate)(seeds, rounds)]
}

const isRefusal = (answer: Evaluation | Refusal): answer is Refusal => 'refused' in answer
const isEvaluation = (answer: Evaluation | Refusal): answer is Evaluation => !isRefusal(answer)

/** What a detector throws is its fault: the others are compared all the same, but the run has failed. */
const faultOf = ({ detector, series }: Task, error: unknown): Refusal => {
  process.exitCode = 1
  return { detector, series: series.name, refused: `FAILED: ${toError(error).message}` }
}

const lineOf = ({ detector, series, kind, ran, vusPr, fixed, best, events }: Evaluation): string =>
  [
    series.padEnd(40),
    kind.padEnd(9),
    (detector === ran ? detector : `${detector}: ${ran}`).padEnd(24),
    vusPr.toFixed(3).padStart(6),
    fixed.f1.toFixed(3),
    best.f1.toFixed(3),
    `${events.found}/${events.found + events.missed} +${events.falseAlarms}`,
  ].join('  ')

const tablesOf = (corpus: Corpus, all: readonly Evaluation[]): string[] => {
  const synthetic = corpus !== 'samples'
  return [
    summaryTable(all),
    ...(synthetic ? [kindTable(all), signalTable(all), calibrationTable(all)] : [sampleTable(all)]),
    [...choices(all), ...comparisons(all)].join('\n'),
  ]
}

const report = async (corpus: Corpus, options: Options, pool: Piscina): Promise<void> => {
  const series = await seriesOf(corpus, options)
  if (series === undefined) {
    console.log(`## ${corpus}\n\nSKIPPED: there is no folder ${samplesFolder}\n`)
    return
  }
  const began = performance.now()
  const tasks = series.flatMap((each) =>
    options.detectors.map((detector): Task => ({ detector, series: each, exact: corpus !== 'samples' })),
  )
  console.error(`${corpus}: ${series.length} series, ${options.detectors.length} detectors …`)
  const answers: (Evaluation | Refusal)[] = await Promise.all(
    tasks.map((task) => pool.run(task).catch((error: unknown) => faultOf(task, error))),
  )
  const evaluations = answers.filter(isEvaluation)
  const rows = series.reduce((sum, { input }) => sum + input.filled.length, 0)
  const labels = series.reduce((sum, each) => sum + each.labels.length, 0)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const about = `${series.length} series, ${rows.toLocaleString('en')} rows, ${labels} anomalies; ${seconds} s`
  const seeds = corpus === 'samples' ? '' : `, ${options.seeds} seeds`
  console.log(`## ${corpus}${seeds}: ${about}\n`)
  if (options.each) console.log(`${evaluations.map(lineOf).join('\n')}\n`)
  console.log(`${tablesOf(corpus, evaluations).join('\n\n')}\n`)
  const refused = Map.groupBy(answers.filter(isRefusal), (refusal) => refusal.refused)
  for (const [why, { length }] of refused) console.log(`Left out, ${length} times: ${why}`)
}

const run = async (args: readonly string[]): Promise<void> => {
  if (args.includes('--help')) {
    console.log(USAGE)
    return
  }
  if (args[0] === 'speed') {
    await reportSpeed(readOptions(args.slice(1), detectorNames).detectors)
    return
  }
  const options = readOptions(args, detectorNames)
  const pool = new Piscina({
    filename: new URL('evaluate.ts', import.meta.url).href,
    maxThreads: availableParallelism(),
  })
  try {
    for (const corpus of options.corpora) await report(corpus, options, pool)
  } finally {
    await pool.destroy()
  }
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(toError(error).message)
  process.exitCode = 1
})
