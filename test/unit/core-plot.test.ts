import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plot, resample } from '../../core/plot.ts'

const test = suite('plot')

const points = fc
  .array(fc.record({ atS: fc.double({ min: 0, max: 1e5, noNaN: true }), value: fc.nat(1e9) }), {
    minLength: 1,
    maxLength: 300,
  })
  .map((list) => list.sort((a, b) => a.atS - b.atS))

test('no line is wider than asked for, and there are as many as the height says', () => {
  fc.assert(
    fc.property(
      points,
      fc.integer({ min: 40, max: 72 }),
      fc.integer({ min: 1, max: 9 }),
      (list, width, height) => {
        const lines = plot(list, { title: 'lag', width, height })
        assert.is(lines.length, height + 3)
        for (const line of lines) assert.ok(line.length <= width, line)
      },
    ),
  )
})

test('the highest value is never lost in resampling', () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 70 }), (list, columns) => {
      assert.is(Math.max(...resample(list, columns)), Math.max(...list.map(({ value }) => value)))
    }),
  )
})

test('a span without a point holds the value before it', () => {
  const list = [
    { atS: 0, value: 3 },
    { atS: 10, value: 9 },
  ]
  assert.equal(resample(list, 5), [3, 3, 3, 3, 9])
})

test('heights are in proportion, and what is little is still seen', () => {
  const list = [0, 1, 50, 100].map((value, atS) => ({ atS, value }))
  assert.equal(plot(list, { title: 'lag (jobs)', width: 9, height: 2 }), [
    'lag (jobs)',
    '100 │   █',
    '    │ ▁██',
    '  0 └────',
    '     0 s 3 s',
  ])
})

test('there is no plot of nothing', () => {
  assert.equal(plot([], { title: 'lag' }), [])
})

test.run()
