import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeConfig, readConfig, required } from '../../core/config.ts'
import { AppError } from '../../core/errors.ts'

const test = suite('configuration')

const faultsIn = (env: Record<string, string>): string[] => {
  try {
    readConfig(env, 'child', 1)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    assert.is(error.code, 'CONFIG_INVALID')
    return error.faults.map(({ path }) => path)
  }
  return []
}

test('without any variable it is what the documentation says', () => {
  const child = readConfig({}, 'child', 1)
  assert.equal(child.window, { jobs: 200, bytes: 16_000_000, concurrency: 5 })
  assert.equal(child.jobDefaults, {
    maxAttempts: 5,
    timeoutMs: 300_000,
    backoffMs: 1_000,
    maxBackoffMs: 300_000,
  })
  assert.is(child.kafka.prefix, 'anomgrd')
  assert.is(child.http.host, '127.0.0.1')
  const master = readConfig({}, 'master', 1)
  assert.equal(master.window, { jobs: 50, bytes: 16_000_000, concurrency: 3 })
})

test('an empty variable counts as unset', () => {
  const names = describeConfig().map(({ name }) => name)
  assert.equal(
    readConfig(Object.fromEntries(names.map((name) => [name, ''])), 'child', 1),
    readConfig({}, 'child', 1),
  )
})

test('names every variable that is wrong, at once', () => {
  const wrong = {
    PORT: '65536',
    KAFKA_BROKERS: 'nowhere',
    KAFKA_SSL: 'yes',
    TOPIC_PREFIX: 'a b',
    PARTITIONS: '1.5',
    DATABASE_URL: 'mysql://x',
    DATABASE_SCHEMA: 'Upper',
    API_TOKENS: 'short=submit',
    JOBS_PER_NODE: '0',
    MAX_ATTEMPTS: '-1',
    LOG_LEVEL: 'loud',
  }
  assert.equal(
    [...new Set(faultsIn(wrong))].sort(),
    Object.keys(wrong)
      .map((name) => `/${name}`)
      .sort(),
  )
})

test('names what is wrong between variables beside what is wrong in one', () => {
  assert.equal(faultsIn({ MIN_REPLICAS: '9', MAX_REPLICAS: '3' }), ['/MIN_REPLICAS'])
  assert.equal(faultsIn({ KAFKA_SASL: 'plain' }), ['/KAFKA_SASL'])
  assert.equal(faultsIn({ MIN_REPLICAS: '9', MAX_REPLICAS: '3', PORT: 'x' }).sort(), [
    '/MIN_REPLICAS',
    '/PORT',
  ])
})

test('no random value ends in anything but a configuration or its faults', () => {
  const names = describeConfig().map(({ name }) => name)
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ maxLength: 20 })), (env) => {
      for (const path of faultsIn(env)) assert.ok(names.includes(path.slice(1)), path)
    }),
    { numRuns: 300 },
  )
})

test('is frozen to its depths', () => {
  const frozen = (value: unknown): boolean =>
    !(value instanceof Object) || (Object.isFrozen(value) && Object.values(value).every(frozen))
  const config = readConfig(
    { API_TOKENS: 'abcdefgh=submit+read', KAFKA_BROKERS: 'a:1,b:2', HANDLERS: 'x,y' },
    'child',
    1,
  )
  assert.ok(frozen(config))
  assert.equal(config.kafka.brokers, ['a:1', 'b:2'])
  assert.equal(config.http.tokens, [{ token: 'abcdefgh', roles: ['submit', 'read'] }])
  assert.is(config.http.host, '0.0.0.0', 'with tokens every address')
})

test('a secret that is wrong is not repeated in the complaint', () => {
  try {
    readConfig({ API_TOKENS: 'very-secret=nonsense', DATABASE_URL: 'user:very-secret@host' }, 'child', 1)
    assert.unreachable()
  } catch (error) {
    assert.ok(
      error instanceof AppError && !JSON.stringify([error.message, error.faults]).includes('very-secret'),
    )
  }
})

test('every variable is documented, with its default', () => {
  for (const { name, meaning } of describeConfig()) assert.ok(meaning.length > 5, name)
  assert.is(describeConfig().find(({ name }) => name === 'JOBS_PER_NODE')?.default, '200')
})

test('a setting that must be there says which it is', () => {
  assert.is(required(0, 'X'), 0)
  assert.throws(
    () => required(undefined, 'KAFKA_BROKERS'),
    (error: unknown) => error instanceof AppError && error.message.includes('KAFKA_BROKERS'),
  )
})

test.run()
