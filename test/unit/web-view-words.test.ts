/** Texts of the analysis: detectors out of the API's schema, times, sentences, the example. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { detectorNames } from '../../consumer/detection/catalogue.ts'
import detect, { detect as run } from '../../consumer/handlers/detect/index.ts'
import { detectorsOf } from '../../web/view/analyse/detectors.ts'
import { exampleEvents, exampleRows } from '../../web/view/analyse/example.ts'
import { bestName } from '../../web/view/analyse/name-search.ts'
import { sentences } from '../../web/view/analyse/sentences.ts'
import { axisTexts, spanText, stamp } from '../../web/view/stamp.ts'

const test = suite('words of an analysis')

test('every detector is named and described by the schema of the type, auto first', () => {
  const found = detectorsOf(
    z.toJSONSchema(detect.schema as z.ZodType, { io: 'input', unrepresentable: 'any' }),
  )
  assert.equal(found.map(({ name }) => name).sort(), [...detectorNames].sort())
  assert.is(found[0]?.name, 'auto')
  for (const { name, description } of found) {
    assert.ok(description.length > 20, name)
    for (const other of detectorNames) assert.not.match(description, `${other}: `)
  }
})

test('a schema without detectors has none', () => {
  for (const it of [undefined, {}, { properties: { detector: { type: 'string' } } }])
    assert.equal(detectorsOf(it), [])
})

test('the example’s three events are the strangest that auto finds in it', () => {
  const { anomalies } = run({ series: exampleRows(), detector: 'auto' })
  const strangest = anomalies.toSorted((a, b) => b.score - a.score).slice(0, exampleEvents.length)
  for (const event of exampleEvents) {
    assert.ok(strangest.some(({ start, end }) => start <= event.to && end >= event.from))
  }
})

test('an explanation is told sentence by sentence; numbers and names end none', () => {
  const { explanation } = run({ series: exampleRows(), detector: 'auto' })
  const told = sentences(explanation)
  assert.is(told.join(' '), explanation)
  assert.match(told[1] ?? '', / flagged \d+ ranges /)
  assert.equal(sentences('It took 1.5 s. sub-pca: It repeats. Done.'), [
    'It took 1.5 s.',
    'sub-pca: It repeats.',
    'Done.',
  ])
})

const at = (text: string): number => Date.parse(`${text}Z`)

test('times are told in UTC, as long as they need to be', () => {
  assert.is(stamp(at('2014-11-02T01:30:00')), '2014-11-02 01:30')
  assert.is(stamp(at('2014-11-02T01:30:07')), '2014-11-02 01:30:07')
  assert.is(stamp(at('2014-11-02T01:30:00.250')), '2014-11-02 01:30:00.250')
  assert.is(stamp(Number.NaN), '–')
})

test('a span does not tell twice what both its ends share', () => {
  const span = (a: string, b: string): string => spanText(at(a), at(b), true)
  assert.is(span('2014-11-02T01:00:00', '2014-11-02T01:30:00'), '2014-11-02 01:00 – 01:30')
  assert.is(span('2014-11-02T01:00:00', '2014-12-02T01:30:00'), '2014-11-02 01:00 – 12-02 01:30')
  assert.is(span('2014-12-31T23:00:00', '2015-01-01T01:30:00'), '2014-12-31 23:00 – 2015-01-01 01:30')
  assert.is(spanText(4, 4, false), 'row 4')
  assert.is(spanText(4, 12_000, false), 'rows 4 – 12,000')
})

test('labels of an axis tell what their ticks differ in', () => {
  const day = 86_400_000
  const begin = at('2014-12-31T00:00:00')
  assert.equal(axisTexts([begin, begin + day], day), ['Dec 31', 'Jan 1'])
  assert.equal(axisTexts([begin, begin + day / 2], day / 2), ['Dec 31', '12:00'])
  assert.equal(axisTexts([begin + 1_500], 500), ['00:00:01.500'])
  assert.equal(axisTexts([begin], 31 * day), ['Dec 2014'])
  assert.equal(axisTexts([begin], 366 * day), ['2014'])
})

test('a name that is typed is found, though others have it in them', () => {
  const names = ['host-10.cpu', 'cpu-10', 'cpu', 'CPU']
  assert.is(bestName(names, 'cpu'), 'cpu')
  assert.is(bestName(names, 'CPU'), 'CPU')
  assert.is(bestName(names, 'cpu-1'), 'cpu-10')
  assert.is(bestName(names, ' HOST'), 'host-10.cpu')
  assert.is(bestName(names, '10.c'), 'host-10.cpu')
  assert.is(bestName(names, 'ram'), undefined)
  assert.is(bestName(names, ' '), undefined)
})

test.run()
