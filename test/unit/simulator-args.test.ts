import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import { AppError } from '../../core/errors.ts'
import { drainTimeScaledObject } from '../../scaler/manifest/scaled-object.ts'
import { helpText, readArgs } from '../../scaler/simulator/args.ts'
import { followingBehavior } from '../../scaler/simulator/pace.ts'
import { runScenario, settingsOf } from '../../scaler/simulator/scenario.ts'

const test = suite('npm run simulate')

const faults = (...args: string[]): string[] => {
  try {
    readArgs(args)
    return []
  } catch (error) {
    assert.instance(error, AppError)
    return error instanceof AppError ? error.message.split('\n') : []
  }
}

test('without options it tries KEDA’s trigger on a burst', () => {
  const { policy, trace, seed } = readArgs([])
  assert.equal([policy, trace, seed], ['kafka', 'burst', 1])
  const { fleet, changes } = settingsOf(readArgs([]))
  assert.equal([fleet.partitions, fleet.minReplicas, fleet.maxReplicas], [24, 3, 24])
  assert.ok(changes.phaseMs > 0 && changes.phaseMs <= 15_000)
})

test('each wrong option is named with its limit', () => {
  assert.equal(faults('--policy', 'best'), ['--policy: must be one of kafka, keda, drain-time, static'])
  assert.equal(faults('--trace', 'wave'), [
    '--trace: must be step, burst, diurnal, flash, hot-key, or a file that ends with .csv, .jsonl, .json',
  ])
  assert.equal(faults('--workers-max', '0', '--nonsense', '--json=1'), [
    '--nonsense: is not an option',
    '--json: takes no value',
    '--workers-max: must be a whole number from 1 to 100000',
  ])
  assert.equal(faults('--workers-min', '9', '--workers-max', '4'), [
    '--workers-min: 9 is more than --workers-max, 4',
  ])
  assert.equal(faults('--workers-max', '30', '--partitions', '24'), [
    '--workers-max: 30 is more than the 24 partitions: a further worker would have none',
  ])
  assert.equal(faults('--at', '60', '--seconds', '60'), ['--at: 60 is not before the end, --seconds 60'])
  assert.equal(faults('--policy', 'static', '--workers-min', '0'), [
    '--workers-min: must be 1 or more for --policy static',
  ])
})

test('help names every option', () => {
  const text = helpText()
  for (const option of [
    'policy',
    'trace',
    'workers-max',
    'through',
    'objective-ms',
    'json',
    'seed',
    'chart',
  ]) {
    assert.match(text, `--${option}`)
  }
})

test('keda is a name of the kafka policy, and the same seed gives the same figures', async () => {
  const of = async (...args: string[]) => runScenario(readArgs(['--seconds', '200', ...args]))
  const [kafka, keda] = [await of('--policy', 'kafka'), await of('--policy', 'keda')]
  assert.equal(kafka, keda)
  assert.is(kafka.policy.peakReplicas >= 7, true)
  assert.equal(
    kafka.statics.map(({ name }) => name),
    ['static 3', 'static 24'],
  )
  for (const summary of [kafka.policy, kafka.clairvoyant, ...kafka.statics]) {
    assert.ok(summary.replicaSeconds >= summary.leastReplicaSeconds * (1 - 1e-5))
  }
})

test('every trace runs with every policy', async () => {
  for (const trace of ['step', 'burst', 'flash', 'hot-key']) {
    for (const policy of ['kafka', 'drain-time', 'static']) {
      const options = readArgs([
        '--trace',
        trace,
        '--policy',
        policy,
        '--seconds',
        '120',
        '--workers-max',
        '6',
        '--at',
        '20',
      ])
      const { policy: summary } = await runScenario(options)
      assert.ok(summary.jobs > 0 && summary.replicaSeconds >= 360, `${trace} ${policy}`)
    }
  }
})

test('the HPA of an external scaler follows as its ScaledObject says', () => {
  const { spec } = drainTimeScaledObject(readConfig({}, 'master'))
  assert.equal(spec?.advanced?.horizontalPodAutoscalerConfig?.behavior, followingBehavior)
})

const main = fileURLToPath(new URL('../../scaler/simulator/main.ts', import.meta.url))
const program = (...args: string[]) =>
  promisify(execFile)(process.execPath, [main, ...args]).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

test('the program prints a table or JSON, and tells wrong options with code 2', async () => {
  const options = ['--seconds', '90', '--workers-max', '4', '--at', '10']
  const text = await program(...options, '--chart')
  assert.match(text.stdout, /time to drain/)
  assert.match(text.stdout, /workers asked for/)
  const json = JSON.parse((await program(...options, '--json')).stdout) as { policy: { name: string } }
  assert.is(json.policy.name, 'kafka')
  const wrong = await program('--policy', 'none')
  assert.is(wrong.code, 2)
  assert.is(wrong.stderr, 'simulate: --policy: must be one of kafka, keda, drain-time, static\n')
  const missing = await program('--trace', '/nowhere/a.csv')
  assert.is(missing.code, 1)
  assert.match(missing.stderr, /^simulate: \/nowhere\/a\.csv: ENOENT/)
})

test.run()
