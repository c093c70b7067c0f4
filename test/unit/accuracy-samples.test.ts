/** The real series of `shared/sample-series` as the accuracy table reads them. Skips without. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSamples, samplesFolder } from '../accuracy/samples.ts'

const test = suite('sample series with their labels')

const samples = await readSamples()
if (samples === undefined) console.log(`skipped: there is no ${samplesFolder}`)
const sampled = samples === undefined ? test.skip : test

sampled('each has a point for each time and, as labels, the windows that people marked, in order', () => {
  assert.is(samples?.length, 6)
  for (const { name, input, labels } of samples ?? []) {
    const { timesMs } = input
    assert.ok(timesMs !== undefined && timesMs.length > 1000, name)
    assert.ok(labels.length > 0, name)
    let free = 0
    for (const { start, end } of labels) {
      assert.ok(free <= start && start < end && end < timesMs.length, `${name}: ${start}–${end}`)
      free = end + 1
    }
    // Together about a tenth of the rows, as that benchmark has it.
    const share = labels.reduce((sum, { start, end }) => sum + end - start + 1, 0) / timesMs.length
    assert.ok(share > 0.05 && share < 0.15, `${name}: ${share}`)
  }
})

test.run()
