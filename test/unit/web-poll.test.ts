/** Polling: what was asked before something was done is no answer to it, and nobody asks for a page that nobody sees. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startPoll } from '../../web/kit/api/poll.ts'

const test = suite('web poll')

/** A poll whose questions are answered by hand. */
const polled = (everyMs: number, { isHidden = (): boolean => false, goesOn = true } = {}) => {
  const asked: { readonly signal: AbortSignal; readonly answer: () => void; readonly fail: () => void }[] = []
  const faults: unknown[] = []
  const poll = startPoll({
    everyMs,
    isHidden,
    ask: (signal) =>
      new Promise((resolve, reject) =>
        asked.push({ signal, answer: resolve, fail: () => reject(new Error('away')) }),
      ),
    onFault: (thrown) => {
      faults.push(thrown)
      return goesOn
    },
  })
  return { poll, asked, faults }
}

/** All that follows from what was answered just now. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const asksOf = async (asked: readonly unknown[], least: number): Promise<void> => {
  while (asked.length < least) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('what is wanted anew gives up what is being asked, whose answer is too old', async () => {
  const { poll, asked } = polled(60_000)
  poll.again()
  assert.equal(
    asked.map(({ signal }) => signal.aborted),
    [true, false],
  )
  // The late answer begins no round of its own.
  asked[0]?.answer()
  await settled()
  assert.is(asked.length, 2)
  poll.stop()
  assert.ok(asked[1]?.signal.aborted)
})

test('it asks again after the answer, and once only where that is wanted', async () => {
  const often = polled(1)
  often.asked[0]?.answer()
  await asksOf(often.asked, 2)
  often.poll.stop()

  const once = polled(0)
  once.asked[0]?.answer()
  await settled()
  once.poll.again()
  assert.is(once.asked.length, 2)
  once.poll.stop()
})

test('a hidden page asks nothing until it is seen', async () => {
  let hidden = true
  const { poll, asked } = polled(1, { isHidden: () => hidden })
  asked[0]?.answer()
  await settled()
  poll.seen()
  assert.is(asked.length, 1)
  hidden = false
  poll.seen()
  assert.is(asked.length, 2)
  // While it is being asked there is nothing that waited.
  poll.seen()
  assert.is(asked.length, 2)
  poll.stop()
})

test('what is refused for good is not tried again; what was given up is no fault', async () => {
  const { poll, asked, faults } = polled(0, { goesOn: false })
  poll.again()
  asked[0]?.fail()
  await settled()
  assert.is(faults.length, 0)
  asked[1]?.fail()
  await settled()
  assert.is(faults.length, 1)
  assert.is(asked.length, 2)
  poll.stop()
})

test.run()
