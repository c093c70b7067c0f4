import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { grouped } from '../../core/store/grouped.ts'

const test = suite('grouped')

test('each gets its own, or the failure of its query, whoever asks beside it and when', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: fc.nat(40), waits: fc.nat(3) }), { maxLength: 60 }),
      fc.nat(40),
      async (asked, bad) => {
        let under = 0
        const one = grouped(async (ids) => {
          assert.is(++under, 1, 'one query at a time')
          assert.ok(ids.length > 0 && ids.length <= 16)
          await new Promise(setImmediate)
          under--
          if (ids.includes(String(bad))) throw new Error('away')
          return new Map(ids.filter((id) => Number(id) % 2 === 0).map((id) => [id, `row ${id}`]))
        })
        await Promise.all(
          asked.map(async ({ id, waits }) => {
            for (let turn = 0; turn < waits; turn++) await new Promise(setImmediate)
            const got = await one(String(id)).catch(String)
            if (got !== 'Error: away') assert.is(got, id % 2 === 0 ? `row ${id}` : undefined)
            else assert.ok(asked.some((it) => it.id === bad))
          }),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('those who ask while a query is under way share the next', async () => {
  const groups: number[] = []
  const one = grouped(async (ids) => {
    groups.push(ids.length)
    await delay(5)
    return new Map<string, string>()
  })
  const first = one('0')
  await new Promise(setImmediate)
  await Promise.all([first, ...Array.from({ length: 20 }, (_, n) => one(String(n)))])
  assert.equal(groups, [1, 16, 4])
})

test.run()
