import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RecentJobs } from '../../producer/find-job.ts'

const test = suite('RecentJobs')
const job = (id: string) => ({ id, type: 'noop', key: undefined, offset: 1 })

test('the last 20,000 are remembered, oldest first, and no more', () => {
  const recent = new RecentJobs()
  for (let n = 0; n < 50_000; n++) {
    recent.add(job(`${n}`))
    if (n % 3 === 0) recent.remove(`${n - 1}`)
  }
  const ids = [...recent.all()].map(({ id }) => Number(id))
  assert.equal(
    ids,
    Array.from({ length: 20_000 }, (_, i) => 30_000 + i).filter((n) => n % 3 !== 2 || n === 49_999),
  )
  assert.is(recent.get('29999'), undefined)
  assert.is(recent.get('30000')?.id, '30000')
})

test('one that is told of again takes no other’s place', () => {
  const recent = new RecentJobs()
  recent.add(job('first'))
  for (let n = 0; n < 30_000; n++) recent.add({ ...job('same'), offset: n })
  assert.is(recent.get('first')?.id, 'first')
  assert.is(recent.get('same')?.offset, 29_999)
})

test.run()
