import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  METRIC_NAME,
  metricRefusal,
  metricSpecs,
  metricValues,
  refusalOf,
  type ScaledObjectRef,
  type Serves,
} from '../../scaler/keda/answers.ts'

const test = suite('what KEDA is answered')

const serves: Serves = { target: 'backend-slave', namespace: 'anomgrd', policy: 'drain-time', shadow: false }
const ref = (scalerMetadata: Record<string, string> = {}, namespace = 'anomgrd'): ScaledObjectRef => ({
  name: 'workers',
  namespace,
  scalerMetadata,
})

test('a ScaledObject that names what is served, or nothing but the connection, is served', () => {
  for (const metadata of [
    {},
    { scalerAddress: 'scaler.anomgrd.svc.cluster.local:9090', enableTLS: 'false', unsafeSsl: 'false' },
    { scalerAddress: 'x:1', target: 'backend-slave', policy: 'drain-time' },
  ])
    assert.is(refusalOf(ref(metadata), serves), undefined)
})

test('one that asks for something else is told what, and what there is', () => {
  const cases = [
    [ref({ target: 'other' }), 'metadata target of workers is other; this scaler serves backend-slave only'],
    [ref({ policy: 'kafka' }), 'metadata policy of workers is kafka; this scaler serves drain-time only'],
    [ref({ lagThreshold: '5' }), 'metadata lagThreshold of workers is not known'],
    [ref({ targetFromEnv: 'X' }), 'metadata targetFromEnv of workers is not known'],
    [ref({}, 'elsewhere'), 'workers is in the namespace elsewhere; this scaler serves anomgrd only'],
    [null, 'the request names no ScaledObject'],
  ] as const
  for (const [asked, sentence] of cases) {
    const refusal = refusalOf(asked, serves)
    assert.is(refusal?.code, 'INVALID_ARGUMENT')
    assert.ok(refusal?.details.startsWith(sentence), refusal?.details)
  }
})

test('without Kubernetes any namespace will do', () => {
  assert.is(refusalOf(ref({}, 'any'), { ...serves, namespace: undefined }), undefined)
})

test('a shadow refuses every ScaledObject, and says first what else is wrong with it', () => {
  const shadow = { ...serves, shadow: true }
  assert.is(refusalOf(ref(), shadow)?.code, 'FAILED_PRECONDITION')
  assert.match(refusalOf(ref(), shadow)?.details ?? '', 'shadow')
  assert.is(refusalOf(ref({ target: 'other' }), shadow)?.code, 'INVALID_ARGUMENT')
})

test('the metric is always of the same name, and worth 1 a replica', () => {
  assert.equal(metricSpecs.metricSpecs, [{ metricName: METRIC_NAME, targetSize: 1, targetSizeFloat: 1 }])
  assert.equal(metricValues({ metric: 12, active: true }).metricValues, [
    { metricName: METRIC_NAME, metricValue: 12, metricValueFloat: 12 },
  ])
  assert.is(metricRefusal(METRIC_NAME), undefined)
  assert.is(metricRefusal('s0-other')?.code, 'INVALID_ARGUMENT')
})

test.run()
