import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { Arrivals } from '../../scaler/simulator/arrivals.ts'
import { poisson, randomFrom } from '../../scaler/simulator/random.ts'
import {
  lengthened,
  makeTrace,
  type syntheticTraces,
  type TraceSettings,
} from '../../scaler/simulator/trace.ts'
import { readTraceFile } from '../../scaler/simulator/trace-file.ts'
import { WaitHistogram } from '../../scaler/simulator/waiting.ts'
import { traces } from '../fixtures/simulated.ts'

const test = suite('traces')

const base: TraceSettings = {
  seconds: 600,
  base: 5,
  rate: 300,
  jobs: 10_000,
  atS: 60,
  forS: 60,
  random: undefined,
}
const sum = (values: Iterable<number>): number => [...values].reduce((total, it) => total + it, 0)

test('synthetic loads have the shape of their name', () => {
  const of = (shape: (typeof syntheticTraces)[number]) => makeTrace(shape, base).jobsBySecond
  assert.is(sum(of('burst')), 600 * 5 + 10_000)
  assert.is(of('burst')[60], 10_005)
  assert.is(sum(of('step')), 540 * 5 + 60 * 300)
  assert.equal([...of('hot-key')], [...of('step')])
  const day = makeTrace('diurnal', { ...base, forS: 600 }).jobsBySecond
  assert.ok(Math.abs(sum(day) - 600 * 152.5) < 1, 'its mean is that of its ends')
  assert.ok((day[300] ?? 0) > 299 && (day[0] ?? 0) < 6)
  const flash = of('flash')
  assert.ok(Math.abs(Math.max(...flash) - 300) < 20)
  assert.ok(Math.abs((flash[130] ?? 0) - 5 - 295 / 2) < 3, 'half of it is left a half-life after the peak')
})

test('chance is Poisson’s: a mean and a variance of the rate, and a seed repeats it', () => {
  for (const mean of [0.5, 7, 500]) {
    const random = randomFrom(42)
    const drawn = Array.from({ length: 20_000 }, () => poisson(random, mean))
    const average = sum(drawn) / drawn.length
    const variance = sum(drawn.map((it) => (it - average) ** 2)) / drawn.length
    assert.ok(Math.abs(average / mean - 1) < 0.05, `${average} of ${mean}`)
    assert.ok(Math.abs(variance / mean - 1) < 0.08, `${variance} of ${mean}`)
  }
  const of = (seed: number) => [...makeTrace('step', { ...base, random: randomFrom(seed) }).jobsBySecond]
  assert.equal(of(3), of(3))
  assert.not.equal(of(3), of(4))
})

test('the curve of arrivals rises, ends at all jobs, and its inverse gives their times', () => {
  fc.assert(
    fc.property(traces, fc.constantFrom(100, 250, 1_000), (trace, stepMs) => {
      const arrivals = new Arrivals(trace, stepMs)
      assert.ok(Math.abs(arrivals.total - sum(trace.jobsBySecond)) < 1e-6 * arrivals.total)
      for (let step = 0; step < arrivals.steps; step++) {
        const [from = 0, to = 0] = arrivals.curve.slice(step, step + 2)
        assert.ok(to >= from)
        if (to > from) {
          const position = (from + to) / 2
          assert.ok(Math.abs(arrivals.by(arrivals.timeOf(position, step)) - position) < 1e-6 * (1 + to))
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('percentiles of waits are right to 1 %', () => {
  const histogram = new WaitHistogram()
  for (let ms = 1; ms <= 10_000; ms++) histogram.add(ms, 0.25)
  const { p50Ms, p99Ms, maxMs, meanMs } = histogram.summary
  assert.ok(Math.abs(p50Ms / 5_000 - 1) < 0.011 && Math.abs(p99Ms / 9_900 - 1) < 0.011)
  assert.is(maxMs, 10_000)
  assert.ok(Math.abs(meanMs - 5_000.5) < 1e-6)
  assert.ok(Math.abs(histogram.shareAbove(9_000) - 0.1) < 0.011)
  assert.is(new WaitHistogram().summary.p99Ms, 0)
})

const withFile = async <T>(name: string, text: string, use: (file: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'anomalyguard-trace-'))
  const file = join(folder, name)
  try {
    await writeFile(file, text)
    return await use(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a CSV file says how many jobs came from a row’s second until the next row', async () => {
  const text = '# recorded\nseconds,jobs\n10,20\n12,0\n14.5,30\n'
  const trace = await withFile('a.csv', text, readTraceFile)
  assert.equal([...trace.jobsBySecond.slice(9, 16)], [0, 10, 10, 0, 0, 15, 15])
  assert.equal(trace.focus, { fromS: 10, untilS: 16 })
  assert.is(lengthened(trace, 40).jobsBySecond.length, 40)
})

test('a recorded timeline gives the jobs that were finished or waited', async () => {
  const at = (s: number): string => new Date(1e12 + s * 1_000).toISOString()
  const lines = [
    { at: at(0), lag: 0, desired: 3, ready: 3, finished: 50 },
    { at: at(1), lag: 100, desired: 3, ready: 3, finished: 60 },
    { at: 1e12 + 2_000, lag: 40, desired: 3, ready: 3, finished: 120 },
    { at: at(3), lag: 20, desired: 3, ready: 3, finished: 160 },
  ]
  const text = lines.map((it) => JSON.stringify(it)).join('\n')
  const trace = await withFile('a.jsonl', text, readTraceFile)
  assert.equal(
    [...trace.jobsBySecond].map((jobs) => Math.round(jobs)),
    [110, 0, 20],
  )
})

test('the report of the load test gives the jobs that were accepted', async () => {
  const timeline = [
    { atS: 0, accepted: 0, lag: 0 },
    { atS: 2, accepted: 300, lag: 250 },
    { atS: 3, accepted: 300, lag: 250 },
  ]
  const trace = await withFile('a.json', JSON.stringify({ timeline }), readTraceFile)
  assert.equal([...trace.jobsBySecond], [150, 150, 0])
})

test('what can’t be read is refused by file, row and field', async () => {
  const refusal = async (name: string, text: string): Promise<string> => {
    try {
      await withFile(name, text, readTraceFile)
      return ''
    } catch (error) {
      assert.instance(error, AppError)
      return error instanceof AppError ? error.message.replace(/^.*\/(a\.\w+)/, '$1') : ''
    }
  }
  assert.match(await refusal('a.csv', 'seconds,jobs\n1,x\n'), /^a\.csv, row 1: jobs: /)
  assert.match(
    await refusal('a.csv', 'seconds,jobs\n2,1\n1,1\n'),
    /^a\.csv, row 2: seconds: must be more than/,
  )
  assert.match(await refusal('a.csv', 'time,jobs\n2,1\n'), /^a\.csv, row 1: seconds: /)
  assert.match(await refusal('a.csv', 'seconds,jobs\n'), /has no jobs/)
  assert.match(await refusal('a.jsonl', '{"at":1,"lag":0}\n'), /^a\.jsonl:1: /)
  assert.match(await refusal('a.jsonl', 'lag 3\n'), /^a\.jsonl:1: is not JSON/)
  assert.match(await refusal('a.json', '{}'), /^a\.json: timeline: /)
  assert.match(await refusal('a.txt', 'x'), /must end with \.csv, \.jsonl, \.json/)
  await assertMissing()
})

const assertMissing = async (): Promise<void> => {
  try {
    await readTraceFile('/nowhere/a.csv')
    assert.unreachable()
  } catch (error) {
    assert.match(error instanceof Error ? error.message : '', /ENOENT/)
  }
}

test.run()
