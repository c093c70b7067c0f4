import { deserialize, serialize } from 'node:v8'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Judgement } from '../../consumer/detection/detector.ts'
import { streaming } from '../../consumer/detection/streaming/index.ts'
import { AppError } from '../../core/errors.ts'
import { gaussianFrom, randomFrom } from '../support/random.ts'

const test = suite('saved state of streaming detectors')

const gaussian = (seed: number): (() => number) => gaussianFrom(randomFrom(seed))

interface Row {
  readonly value: number
  readonly timeMs: number | undefined
}

/** A noisy season with a spike, a shift, and values and rows missing here and there. */
const series = (rows: number, seed: number, stepMs?: number): Row[] => {
  const noise = gaussian(seed)
  const next = randomFrom(seed + 1)
  return Array.from({ length: rows }, (_, row) => {
    const wave = 10 * Math.sin((2 * Math.PI * row) / 48)
    const strange = row === Math.floor(rows / 2) ? 50 : row > 0.7 * rows ? 8 : 0
    return {
      value: next() < 0.02 ? Number.NaN : wave + noise() + strange,
      timeMs: stepMs === undefined ? undefined : row * stepMs,
    }
  }).filter(() => next() < 0.98)
}

for (const detector of streaming) {
  test(`${detector.name}: what goes on from a saved state judges as if there had been no break`, () => {
    const steps = fc.option(fc.constantFrom(60_000, 1_800_000), { nil: undefined })
    fc.assert(
      fc.property(fc.nat(), steps, fc.array(fc.nat(1500), { maxLength: 4 }), (seed, step, cuts) => {
        const rows = series(1500, seed, step)
        const whole = detector.open()
        let broken = detector.open()
        for (const [at, { value, timeMs }] of rows.entries()) {
          if (cuts.includes(at)) broken = detector.open(deserialize(serialize(broken.save())))
          const wanted: Judgement = whole.update(value, timeMs)
          assert.equal(broken.update(value, timeMs), wanted, `row ${at}`)
        }
      }),
      { numRuns: 20 },
    )
  })

  test(`${detector.name}: a saved state stays as it is while its run goes on`, () => {
    const rows = series(600, 1)
    const run = detector.open()
    for (const { value } of rows.slice(0, 300)) run.update(value)
    const saved = run.save()
    const before = serialize(saved)
    const other = detector.open(saved)
    for (const { value } of rows.slice(300)) {
      run.update(value)
      other.update(value)
    }
    assert.ok(before.equals(serialize(saved)))
  })

  test(`${detector.name}: a state that is not its own is refused`, () => {
    const run = detector.open()
    for (const { value } of series(300, 2)) run.update(value)
    const good = run.save() as Record<string, unknown>
    const without = Object.keys(good).map((key) => ({ ...good, [key]: undefined }))
    const bad = [
      null,
      1,
      'state',
      [],
      {},
      new Uint8Array(8),
      { ...good, version: 99 },
      { ...good, detector: 'x' },
    ]
    for (const state of [...bad, ...without]) {
      assert.throws(
        () => detector.open(state),
        (error: unknown) => error instanceof AppError && error.code === 'REQUEST_INVALID',
      )
    }
    assert.ok(detector.open(good))
  })

  test(`${detector.name}: a state of 20,000 rows with a day and a week is small when compressed`, () => {
    const run = detector.open()
    for (const { value, timeMs } of series(20_000, 3, 300_000)) run.update(value, timeMs)
    const raw = serialize(run.save())
    const bytes = deflateSync(raw).length
    console.log(`${detector.name}: ${raw.length} bytes, ${bytes} compressed`)
    assert.ok(bytes <= 32_768, `${bytes} bytes`)
  })
}

test.run()
