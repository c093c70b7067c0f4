import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deliver, retryAfterMs } from '../../consumer/handlers/webhook/deliver.ts'
import { signedHeaders } from '../../consumer/handlers/webhook/signature.ts'
import { toError } from '../../core/errors.ts'
import { newSecret, webhookKey } from '../../core/series/settings.ts'
import { isSigned, openReceiver, type Reply } from '../support/receiver.ts'

const test = suite('webhooks')

test('the signature is that of Standard Webhooks’ own example', () => {
  // From the tests of the specification's reference libraries.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const delivery = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: 1_614_265_330_999,
    body: '{"test": 2432232314}',
  }
  assert.equal(signedHeaders(delivery, secret), {
    'webhook-id': delivery.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('a secret is whsec_ and the base64 of 24 to 64 bytes', () => {
  assert.is(webhookKey(newSecret())?.length, 32)
  assert.is.not(newSecret(), newSecret())
  const of = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`
  assert.equal(
    [23, 24, 64, 65].map((bytes) => webhookKey(of(bytes))?.length),
    [undefined, 24, 64, undefined],
  )
  for (const wrong of ['', 'whsec_', of(32).slice(6), `${of(32)}!`]) assert.is(webhookKey(wrong), undefined)
})

test('Retry-After is seconds or a date, and two hours at most', () => {
  const now = Date.UTC(2026, 0, 1)
  assert.equal(
    [
      null,
      '0',
      '90',
      '999999',
      'soon',
      '-1',
      'Thu, 01 Jan 2026 00:01:00 GMT',
      'Wed, 31 Dec 2025 00:00:00 GMT',
    ].map((header) => retryAfterMs(header, now)),
    [undefined, 0, 90_000, 7_200_000, undefined, undefined, 60_000, 0],
  )
})

/** What comes of one attempt with this reply: how it was taken, or the error. */
const attempt = async (reply: Reply, signal = new AbortController().signal) => {
  const receiver = await openReceiver([reply])
  const secret = newSecret()
  const headers = signedHeaders({ id: 'x', at: Date.now(), body: '{}' }, secret)
  try {
    const answered: unknown = await deliver(receiver.url, headers, '{}', signal).catch(toError)
    assert.is(receiver.received.length, 1)
    assert.ok(receiver.received.every((it) => isSigned(it, secret)))
    return answered
  } finally {
    await receiver.close()
  }
}

test('2xx is taken, 410 is gone, and anything else is to be repeated', async () => {
  assert.is(await attempt(200), 'taken')
  assert.is(await attempt(204), 'taken')
  assert.is(await attempt(410), 'gone')
  for (const reply of [400, 404, 500, 503, 'cut'] as const) {
    const error = await attempt(reply)
    assert.instance(error, Error)
    assert.is(Reflect.get(Object(error), 'code'), 'WEBHOOK_FAILED', String(reply))
    assert.is(Reflect.get(Object(error), 'retryable'), true)
  }
})

test('a redirect is not followed', async () => {
  const elsewhere = await openReceiver()
  const error = await attempt({ status: 307, headers: { location: elsewhere.url } })
  assert.match(String(error), 'answered 307')
  assert.equal(elsewhere.received, [])
  await elsewhere.close()
})

test('a receiver that names a time is waited for', async () => {
  const error = await attempt({ status: 503, headers: { 'retry-after': '7' } })
  assert.is(Reflect.get(Object(error), 'retryAfterMs'), 7_000)
})

test('an attempt that is cut short ends with the reason', async () => {
  const cut = new AbortController()
  setTimeout(() => cut.abort(new Error('cancelled')), 100)
  assert.match(String(await attempt('silence', cut.signal)), 'cancelled')
})

test.run()
