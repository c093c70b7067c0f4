import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Link } from '../chaos/installation.ts'
import { Outages } from '../chaos/outages.ts'

const test = suite('outages of a chaos run')

const [one, other] = [{}, {}] as [Link, Link]

test('a worker is cut off while its database is away, or everybody’s, and for some seconds after', async () => {
  const outages = new Outages()
  assert.is(outages.isCut(one), false)
  const over = Promise.withResolvers<void>()
  const own = outages.during([one], () => over.promise)
  assert.equal([outages.isCut(one), outages.isCut(other)], [true, false])
  over.resolve()
  await own
  assert.equal([outages.isCut(one), outages.isCut(other)], [true, false])
  await outages.during(undefined, async () => {})
  assert.is(outages.isCut(other), true)
})

test('what fails is over, too', async () => {
  const outages = new Outages()
  const failed = await outages
    .during([one], () => Promise.reject(new Error('no')))
    .catch((error: Error) => error.message)
  assert.is(failed, 'no')
  assert.is(outages.isCut(other), false)
})

test.run()
