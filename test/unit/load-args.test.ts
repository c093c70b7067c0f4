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
