import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { jobSubmission } from '../../core/job.ts'
import { makeJobId } from '../../core/job-id.ts'
import type { KafkaMessage } from '../../core/kafka/client.ts'
import { decodeRecord, encodeRecord, encodeValue } from '../../core/kafka/record.ts'

const test = suite('record')

const text = (value: unknown): string => String(value ?? '')
const bytes = (value: Buffer | string | null | undefined): Buffer | null =>
  value === null || value === undefined ? null : Buffer.from(value)

/** As it comes from the log: keys, values and headers are bytes. */
const throughTheLog = (sent: ReturnType<typeof encodeRecord>): KafkaMessage => ({
  key: bytes(sent.key),
  value: bytes(sent.value),
  timestamp: text(sent.timestamp),
  offset: '0',
  attributes: 0,
  headers: Object.fromEntries(
    Object.entries(sent.headers ?? {}).map(([name, value]) => [name, Buffer.from(text(value))]),
  ),
})

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((it) => !it.includes('\0'))
const submission = fc.record(
  {
    type: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/),
    payload: fc.jsonValue(),
    key,
    maxAttempts: fc.integer({ min: 1, max: 100 }),
    timeoutMs: fc.integer({ min: 1, max: 86_400_000 }),
  },
  { requiredKeys: ['type', 'payload'] },
)

test('comes out of the log as it went in', () => {
  fc.assert(
    fc.property(
      submission,
      fc.nat(2 ** 48 - 1),
      fc.option(fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), { nil: undefined }),
      (sent, submittedAt, traceparent) => {
        const parsed = jobSubmission.parse(sent)
        const id = makeJobId({ submittedAt, partition: 3, epoch: 1 })
        const record = encodeRecord({
          id,
          type: parsed.type,
          key: parsed.key,
          value: encodeValue(parsed),
          partition: 3,
          timestamp: submittedAt,
          traceparent,
        })
        assert.is(record.partition, 3)
        assert.is(record.timestamp, String(submittedAt))
        const read = decodeRecord(throughTheLog(record))
        assert.equal(
          { ...read, payload: JSON.stringify(read.payload), options: { ...read.options } },
          {
            id,
            type: sent.type,
            key: sent.key,
            payload: JSON.stringify(sent.payload),
            options: {
              ...(sent.maxAttempts === undefined ? {} : { maxAttempts: sent.maxAttempts }),
              ...(sent.timeoutMs === undefined ? {} : { timeoutMs: sent.timeoutMs }),
            },
            submittedAt,
            traceparent,
          },
        )
      },
    ),
    { numRuns: 300 },
  )
})

const good = (): KafkaMessage =>
  throughTheLog(
    encodeRecord({
      id: makeJobId({ submittedAt: 1, partition: 0, epoch: 0 }),
      type: 'noop',
      key: 'k',
      value: Buffer.from('{"payload":1}'),
      partition: 0,
      timestamp: 1,
      traceparent: undefined,
    }),
  )
const refusal = (message: KafkaMessage): AppError => {
  try {
    decodeRecord(message)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was taken for a job')
}
const headersWithout = (name: string): NonNullable<KafkaMessage['headers']> =>
  Object.fromEntries(Object.entries(good().headers ?? {}).filter(([it]) => it !== name))

const foreign: Record<string, Partial<KafkaMessage>> = {
  'no value': { value: null },
  'an empty value': { value: Buffer.alloc(0) },
  'a value that is not JSON': { value: Buffer.from('{') },
  'a value that is not UTF-8': { value: Buffer.from([0x7b, 0xff, 0x7d]) },
  'a JSON text': { value: Buffer.from('"x"') },
  'a JSON null': { value: Buffer.from('null') },
  'a JSON array': { value: Buffer.from('[]') },
  'options that are none': { value: Buffer.from('{"payload":1,"priority":9}') },
  'attempts that are no number': { value: Buffer.from('{"maxAttempts":"3"}') },
  'too many attempts': { value: Buffer.from('{"maxAttempts":101}') },
  'a timeout of nothing': { value: Buffer.from('{"timeoutMs":0}') },
  'no headers at all': { headers: {} },
  'no id': { headers: headersWithout('id') },
  'no type': { headers: headersWithout('type') },
  'an id of somebody else': {
    headers: { ...good().headers, id: Buffer.from('4e4d1bd2-93d1-4f3b-9d2b-4a40c6b9a6b1') },
  },
  // PostgreSQL keeps neither NUL nor an indexed text of some kB, so no result of such a job could be recorded.
  'a NUL in its type': { headers: { ...good().headers, type: Buffer.from('a\0b') } },
  'a NUL in its key': { key: Buffer.from('a\0b') },
  'a key longer than a key may be': { key: Buffer.from('k'.repeat(10_000)) },
}

for (const [what, parts] of Object.entries(foreign)) {
  test(`a record with ${what} is refused as no job`, () => {
    assert.is(refusal({ ...good(), ...parts } as KafkaMessage).code, 'RECORD_INVALID')
  })
}

test('whatever bytes a record holds, it is a job or refused as none', () => {
  const some = fc.option(fc.uint8Array({ maxLength: 30 }).map((it) => Buffer.from(it)))
  fc.assert(
    fc.property(
      some,
      fc.oneof(
        some,
        fc.json().map((it) => Buffer.from(it)),
      ),
      some,
      some,
      (k, value, id, type) => {
        const headers = { ...(id ? { id } : { id: good().headers?.['id'] }), ...(type ? { type } : {}) }
        try {
          decodeRecord({ ...good(), key: k, value, headers } as KafkaMessage)
        } catch (error) {
          assert.instance(error, AppError)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a header that is there twice counts with its first value', () => {
  const { headers, ...rest } = good()
  const read = decodeRecord({
    ...rest,
    headers: { ...headers, type: [Buffer.from('first'), Buffer.from('second')] },
  } as KafkaMessage)
  assert.is(read.type, 'first')
})

test('a record without a payload is a job without one', () => {
  assert.is(decodeRecord({ ...good(), value: Buffer.from('{}') } as KafkaMessage).payload, undefined)
})

test.run()
