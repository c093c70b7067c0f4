/** The load client's reading of HTTP, and what jobs tell of their runs. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answerReader, requestBytes } from '../bench/lib/answers.ts'
import { latenciesIn } from '../bench/lib/stamps.ts'
import { cpuMsIn, megabytesIn } from '../support/usage.ts'

const test = suite('bench answers')

const lengthed = (status: number, body: string): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${status} Whatever\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )

const chunked = (status: number, lines: readonly string[]): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${status} Whatever\r\nTransfer-Encoding: chunked\r\n\r\n${lines
      .filter((line) => line !== '')
      .map((line) => `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`)
      .join('')}0\r\n\r\n`,
  )

/** Cuts bytes into pieces of these sizes, in turns. */
const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })
const text = fc.string({ unit: fc.constantFrom('a', '"', '{', '0', ' ', 'é', '\n'), maxLength: 80 })
const answer = fc.oneof(
  fc.tuple(fc.integer({ min: 200, max: 599 }), text).map(([status, body]) => ({
    status,
    bytes: lengthed(status, body),
  })),
  fc.tuple(fc.integer({ min: 200, max: 599 }), fc.array(text, { maxLength: 6 })).map(([status, lines]) => ({
    status,
    bytes: chunked(status, lines),
  })),
)

test('an answer is whole with its last byte and not before, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1, maxLength: 5 }), sizes, (answers, pieces) => {
      const read = answerReader()
      for (const { status, bytes } of answers) {
        const all = cut(bytes, pieces)
        for (const [index, piece] of all.entries()) {
          const whole = read(piece)
          if (index < all.length - 1) assert.is(whole, undefined)
          else {
            assert.is(whole?.status, status)
            assert.ok(whole?.bytes.equals(bytes))
          }
        }
      }
    }),
  )
})

test('an answer that tells no length is an error', () => {
  assert.throws(
    () => answerReader()(Buffer.from('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx')),
    /no length/,
  )
})

test('a request says how many bytes its body has', () => {
  const bytes = requestBytes('/api/jobs', '{"text":"é"}', { prefer: 'wait=1' }).toString()
  assert.match(bytes, /^POST \/api\/jobs HTTP\/1\.1\r\n/)
  assert.match(bytes, /\r\ncontent-length: 13\r\n/)
  assert.match(bytes, /\r\nprefer: wait=1\r\n/)
  assert.ok(bytes.endsWith('\r\n\r\n{"text":"é"}'))
})

test('latencies are those of the jobs due in the time, once each, and of whole lines', () => {
  const lines = ['100 2000100', '200 3000200', '200 9000200', '300 4000300', '400 50004']
  const found = latenciesIn(`${lines.slice(0, 4).join('\n')}\n${lines[4]}`, 200n, 401n)
  assert.equal(
    [...found],
    [
      ['200', 3],
      ['300', 4],
    ],
  )
  assert.is(latenciesIn('', 0n, 10n).size, 0)
})

test('what the kernel counts is read whatever the command is called', () => {
  const stat = `42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 8 20 0 11 0 1000 2000 300`
  assert.is(cpuMsIn(stat), 3_000)
  const status = 'Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n'
  assert.is(megabytesIn(status, 'VmHWM'), 200)
  assert.is(megabytesIn(status, 'VmRSS'), 100)
})

test.run()
