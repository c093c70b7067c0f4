import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { helpText, readArgs } from '../../producer/load/args.ts'

const test = suite('load args')

const faults = (...args: string[]): string[] => {
  try {
    readArgs(args)
  } catch (error) {
    if (error instanceof AppError) return error.message.split('\n')
    throw error
  }
  return []
}

test('the example of the help text is read as it is meant', () => {
  const options = readArgs([
    ...['--url', 'http://127.0.0.1:8080/api/', '--jobs', '20000', '--rate', '500'],
    ...['--type', 'sleep', '--payload', '{"ms":50}', '--keys', '7'],
  ])
  assert.equal(options, {
    url: 'http://127.0.0.1:8080',
    jobs: 20_000,
    rate: 500,
    type: 'sleep',
    payload: { ms: 50 },
    keys: 7,
    fail: undefined,
    batch: 1,
    files: [],
    detector: undefined,
    token: undefined,
    connections: 256,
    timeoutMs: 120_000,
    json: false,
  })
})

test('without a rate it is a closed loop, and fewer connections carry batches', () => {
  const { rate, connections } = readArgs(['--batch', '500'])
  assert.equal([rate, connections], [0, 8])
})

test('files become detect jobs, one for each unless more are asked for', () => {
  assert.equal(readArgs(['--file', 'a.csv', '--file', 'b.csv']).jobs, 2)
  const options = readArgs(['--file', 'a.csv', '--file=b.csv', '--jobs', '9', '--detector', 'forecast'])
  assert.equal([options.files, options.jobs, options.type], [['a.csv', 'b.csv'], 9, 'detect'])
})

test('jobs that fail are of type sleep, and their options go together', () => {
  const { type, payload, fail } = readArgs(['--fail', '0.05'])
  assert.equal([type, payload, fail], ['sleep', { ms: 0 }, { share: 0.05, backoffMs: 10_000, seed: 1 }])
  const told = readArgs([
    '--fail',
    '1',
    '--type',
    'sleep',
    '--payload',
    '{"ms":5}',
    '--backoff',
    '0',
    '--seed',
    '7',
  ])
  assert.equal([told.payload, told.fail], [{ ms: 5 }, { share: 1, backoffMs: 0, seed: 7 }])
  assert.equal(faults('--fail', '0.5', '--type', 'noop'), [
    '--fail: only jobs of --type sleep can be told to fail',
  ])
  assert.equal(faults('--fail', '0.5', '--file', 'a.csv'), ['--fail: does not go with --file'])
  assert.equal(faults('--backoff', '5', '--seed', '1'), ['--backoff: needs --fail', '--seed: needs --fail'])
  assert.equal(faults('--fail', '1.5').length, 1)
  for (const payload of ['7', '[]', 'null']) {
    assert.match(faults('--fail', '1', '--payload', payload).join(), /^--payload: must be a JSON object/)
  }
})

test('all faults are told at once, each with its option', () => {
  const told = faults('--foo', 'bar', '--jobs', '0', '--rate=fast', '--payload', '{', '--json=3', '--type')
  const named = ['--foo', 'bar', '--json', '--type', '--jobs', '--rate', '--payload']
  assert.equal(
    told.map((line) => line.split(':')[0]),
    named,
  )
})

test('an option that swallows the next one is said to have a wrong value', () => {
  assert.equal(faults('--rate', '--json'), ['--rate: must be a number from 0 to 1000000'])
})

test('options that do not go together are refused', () => {
  assert.equal(faults('--file', 'a.csv', '--type', 'sleep', '--payload', '1'), [
    '--type: does not go with --file',
    '--payload: does not go with --file',
  ])
  assert.equal(faults('--detector', 'forecast'), ['--detector: needs --file'])
  assert.equal(faults('--jobs', '1', '--jobs', '2'), ['--jobs: is given twice'])
})

test('only http and https URLs are taken', () => {
  for (const url of ['ftp://x', 'localhost:8080', 'http://']) {
    assert.equal(faults('--url', url), ['--url: must be an http or https URL'], url)
  }
})

test('the help text names every option', () => {
  const text = helpText()
  for (const name of Object.keys(readArgs([]))) {
    const option = { files: 'file', timeoutMs: 'timeout' }[name] ?? name
    assert.ok(text.includes(`--${option}`), option)
  }
})

test.run()
