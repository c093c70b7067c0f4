/** Server-sent events as the pages read them: whole, however the stream is cut. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSseParser, type ServerEvent } from '../../web/kit/api/sse.ts'

const test = suite('web sse')

const parse = (...pieces: string[]): ServerEvent[] => {
  const parser = createSseParser()
  return pieces.flatMap((piece) => parser(piece))
}

const stream =
  ': hello\n\nevent: scaling\ndata: {"lag":1}\n\nid: 7\ndata: a\ndata: b\n\n: still here\n\ndata:c\r\n\r\nevent: empty\n\n'
const events: ServerEvent[] = [
  { event: 'scaling', data: '{"lag":1}', id: '' },
  { event: 'message', data: 'a\nb', id: '7' },
  { event: 'message', data: 'c', id: '7' },
]

test('events, comments, several lines of data, and the last id', () => assert.equal(parse(stream), events))

test('wherever the stream is cut, the events are the same', () =>
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length]
      const pieces = at.slice(1).map((end, index) => stream.slice(at[index], end))
      assert.equal(parse(...pieces), events)
    }),
  ))

test('half an event is none', () => assert.equal(parse('data: half\n'), []))

test.run()
