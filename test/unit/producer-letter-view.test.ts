import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonOf, readCursor, writeCursor } from '../../producer/api/letter-view.ts'
import { newId } from '../fixtures/park-rows.ts'

const test = suite('a dead letter as it is shown')

test('a value that is JSON is shown as such, any other in base64, so that nothing of it is lost', () => {
  assert.equal(jsonOf(Buffer.from('{"payload":[1,"ä"]}')), { value: { payload: [1, 'ä'] } })
  assert.equal(jsonOf(null), {})
  for (const bytes of [
    Buffer.from('{"a":'),
    Buffer.from(''),
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from('\ufeff1'),
    Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  ])
    assert.equal(jsonOf(bytes), { valueBase64: bytes.toString('base64') })
})

test('any bytes can be shown', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const { value, valueBase64 } = jsonOf(Buffer.from(bytes))
      if (valueBase64 === undefined) assert.equal(JSON.parse(Buffer.from(bytes).toString()), value)
      else assert.equal(Buffer.from(valueBase64, 'base64'), Buffer.from(bytes))
    }),
  )
})

test('a cursor is read as it was written, and what is none is not', () => {
  const cursor = { diedAt: 1_767_225_600_123, id: newId() }
  assert.equal(readCursor(writeCursor(cursor)), cursor)
  for (const text of [
    '',
    'x',
    cursor.id,
    `2026-01-01T00:00:00Z_x`,
    `x_${cursor.id}`,
    `${writeCursor(cursor)}_1`,
  ])
    assert.is(readCursor(text), undefined, text)
})

test.run()
