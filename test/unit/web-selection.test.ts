/** Selecting rows of a list, one by one, in ranges, and all. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keepOf, nothing, toggle, toggleAll } from '../../web/kit/selection.ts'

const test = suite('web: selection')
const rows = ['a', 'b', 'c', 'd', 'e']
const idsOf = ({ ids }: { readonly ids: ReadonlySet<string> }): string[] => [...ids].sort()

test('a click selects a row, another one takes it back', () => {
  const one = toggle(nothing, rows, 'b')
  assert.equal(idsOf(one), ['b'])
  assert.equal(idsOf(toggle(one, rows, 'b')), [])
})

test('a range goes from the last click to this one, downwards and upwards', () => {
  assert.equal(idsOf(toggle(toggle(nothing, rows, 'b'), rows, 'd', true)), ['b', 'c', 'd'])
  assert.equal(idsOf(toggle(toggle(nothing, rows, 'd'), rows, 'b', true)), ['b', 'c', 'd'])
})

test('a range over selected rows becomes what the clicked one becomes', () => {
  const all = toggleAll(nothing, rows)
  assert.equal(idsOf(toggle(toggle(all, rows, 'b'), rows, 'd', true)), ['a', 'e'])
})

test('a range without a first click, or from a row that is gone, is the one row', () => {
  assert.equal(idsOf(toggle(nothing, rows, 'c', true)), ['c'])
  assert.equal(idsOf(toggle({ ids: new Set(), anchor: 'gone' }, rows, 'c', true)), ['c'])
})

test('all rows are selected, and none where all are', () => {
  const all = toggleAll(toggle(nothing, rows, 'c'), rows)
  assert.equal(idsOf(all), rows)
  assert.equal(idsOf(toggleAll(all, rows)), [])
})

test('rows that are gone are selected no more; where none is gone nothing changes', () => {
  const all = toggleAll(nothing, rows)
  assert.equal(idsOf(keepOf(all, ['b', 'd', 'x'])), ['b', 'd'])
  assert.is(keepOf(all, rows), all)
})

test.run()
