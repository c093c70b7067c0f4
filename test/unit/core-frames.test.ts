import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wholeFrames } from '../../core/kafka/frames.ts'

const test = suite('wholeFrames')

const frameOf = (body: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

test('however a stream is cut, it comes as its frames, and a frame that is not whole never comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
      fc.array(fc.nat(60), { maxLength: 20 }),
      fc.nat(43),
      (bodies, cuts, missing) => {
        const frames = bodies.map(frameOf)
        const stream = Buffer.concat(frames)
        const end = Math.max(0, stream.length - missing)
        const given: Buffer[] = []
        const take = wholeFrames((frame) => given.push(frame))
        let at = 0
        for (const size of [...cuts, stream.length]) {
          if (at < end) take(stream.subarray(at, Math.min(end, at + size)))
          at += size
        }
        let whole = 0
        const expected = frames.filter((frame) => {
          whole += frame.length
          return whole <= end
        })
        assert.equal(given, expected)
      },
    ),
    { numRuns: 500 },
  )
})

test.run()
