/** Times in fields of the reader's zone, and in zones of others. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromLocal, timeIn, toLocal } from '../../web/kit/local-time.ts'

const test = suite('web: local time')

test('an instant is the same after a field has held it, to the second', () => {
  for (const at of ['2026-11-22T14:03:22.000Z', '2026-03-29T01:30:00.000Z', '2026-06-01T00:00:00.000Z'])
    assert.is(fromLocal(toLocal(at)), at)
})

test('no time is an empty field, and the other way round', () => {
  assert.is(toLocal(undefined), '')
  assert.is(toLocal('soon'), '')
  assert.is(fromLocal(''), undefined)
  assert.is(fromLocal('soon'), undefined)
})

test('a time is told as the clocks of its zone show it', () => {
  assert.is(timeIn('2026-11-23T01:30:00Z', 'Europe/Berlin'), 'Mon, Nov 23, 2026, 02:30:00')
  assert.is(timeIn('2026-11-23T01:30:00Z', 'America/New_York'), 'Sun, Nov 22, 2026, 20:30:00')
  assert.is(timeIn('2026-11-23T00:00:00Z', 'UTC'), 'Mon, Nov 23, 2026, 00:00:00')
})

test('a zone that is not known here is told as UTC', () => {
  assert.is(timeIn('2026-11-23T01:30:00Z', 'Mars/One'), 'Mon, Nov 23, 2026, 01:30:00 UTC')
})

test.run()
