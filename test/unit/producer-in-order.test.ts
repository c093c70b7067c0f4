import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InOrder } from '../../producer/api/in-order.ts'
import { defer } from '../fixtures/quiet.ts'

const test = suite('InOrder')
const turn = (): Promise<void> => new Promise(setImmediate)

test('answers leave in the order of their questions, each once, however they come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(6), { minLength: 1, maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 8 }),
      async (turns, most) => {
        let written = ''
        let under = 0
        const answers = new InOrder({
          most,
          mostBytes: 1_000,
          write: (text) => {
            written += text
            return undefined
          },
        })
        for (const [n, wait] of turns.entries()) {
          await answers.room()
          const answer = answers.ask(10)
          under++
          assert.ok(under - written.split('\n').length + 1 <= most, 'no more than may be under way')
          const after = async (): Promise<void> => {
            for (let i = 0; i < wait; i++) await turn()
            answer(`${n}\n`)
          }
          void after()
        }
        await answers.end()
        assert.is(written, turns.map((_, n) => `${n}\n`).join(''))
      },
    ),
    { numRuns: 60 },
  )
})

test('those that are there together leave in one write', async () => {
  const writes: string[] = []
  const answers = new InOrder({ most: 10, mostBytes: 10, write: (text) => void writes.push(text) })
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(() => answers.ask(1))
  c?.('c')
  await turn()
  assert.equal(writes, [])
  b?.('b')
  a?.('a')
  await answers.room()
  await turn()
  assert.equal(writes, ['abc'])
  d?.('d')
  await answers.end()
  assert.equal(writes, ['abc', 'd'])
})

test('there is no room while too many bytes wait, nor while their reader does not read', async () => {
  const { promise, resolve } = defer()
  const answers = new InOrder({ most: 10, mostBytes: 100, write: () => promise })
  assert.is(answers.room(), undefined)
  const first = answers.ask(101)
  let room = false
  const waiting = answers.room()?.then(() => {
    room = true
  })
  await turn()
  assert.not(room)
  first('first')
  await turn()
  await turn()
  assert.not(room, 'it is not written as long as the one before is not')
  resolve()
  await waiting
  await answers.end()
})

test('the end of nothing comes at once', async () => {
  await new InOrder({ most: 1, mostBytes: 1, write: () => undefined }).end()
})

test.run()
