/** The address of an analysis: what a link says is what is shown. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, type Place, placeOf } from '../../web/view/analyse/address.ts'

const test = suite('address of an analysis')

const searchOf = (address: string): string => new URL(address, 'http://any').search

const places = fc.record(
  {
    set: fc.option(fc.uuid(), { nil: undefined }),
    series: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    jobs: fc.uniqueArray(fc.uuid(), { maxLength: 4 }),
    zoom: fc.option(fc.tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000 })), { nil: undefined }),
    at: fc.option(fc.nat(1_000_000), { nil: undefined }),
  },
  { requiredKeys: ['jobs'] },
)

test('every place comes back from its address, whatever the series is called', () => {
  fc.assert(
    fc.property(places, ({ zoom, ...rest }) => {
      const place: Place = zoom ? { ...rest, from: zoom[0], to: zoom[0] + zoom[1] } : rest
      const back = placeOf(searchOf(addressOf(place)))
      const plain = (it: Place): object => JSON.parse(JSON.stringify(it)) as object
      assert.equal(plain(back), plain(place))
    }),
  )
})

test('nothing chosen is /view', () => {
  assert.is(addressOf({ jobs: [] }), '/view')
})

test('rows that make no sense are left out, a job named twice stands once', () => {
  const place = placeOf('?set=&from=20&to=10&at=-3&job=a&job=b&job=a&job=')
  assert.equal(place, { set: undefined, series: undefined, jobs: ['a', 'b'], at: undefined })
})

test.run()
