/** What scaler/manifest makes of the settings, and that the files are what it makes. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { generatedFiles, REMEDY } from '../../scaler/manifest/files.ts'
import { drainTimeScaledObject, kafkaScaledObject } from '../../scaler/manifest/scaled-object.ts'
import { manifestsFolder, settingsOf } from '../../scaler/manifest/settings.ts'
import { fillBehavior } from '../../scaler/policy/behavior.ts'
import { kafkaPolicy, kafkaPolicySettings } from '../../scaler/policy/kafka-policy.ts'
import { kafkaTrigger } from '../../scaler/policy/kafka-trigger.ts'
import { repository } from '../support/manifests.ts'

const test = suite('the generator of the manifests')

const config = settingsOf('MIN_REPLICAS=3\nMAX_REPLICAS=24\nPARTITIONS=24\nLAG_THRESHOLD=200')

/** The lag of three topics of 24 partitions. */
const lagOf = (total: number) =>
  Array.from({ length: 72 }, (_, index) => {
    const lag = Math.floor(total / 72) + (index < total % 72 ? 1 : 0)
    return {
      topic: `t${index % 3}`,
      partition: Math.floor(index / 3),
      committedOffset: 0,
      endOffset: lag,
      lag,
    }
  })

test(`each generated file is what the settings make it (${REMEDY} mends it)`, () => {
  for (const { path, text } of generatedFiles()) {
    const file = join(manifestsFolder, path)
    const found = existsSync(file) ? readFileSync(file, 'utf8') : ''
    assert.is(found, text, `manifests/${path} is not what the settings make it: \`${REMEDY}\``)
  }
})

test('the cap can be reached: from 3 the fleet comes to 24, though the HPA drops changes of 10 %', () => {
  const { spec } = kafkaScaledObject(config)
  const settings = kafkaPolicySettings(config.scaling, config.kafka.partitions)
  assert.is(spec.maxReplicaCount, settings.maxReplicas)
  const policy = kafkaPolicy(settings)
  let state = policy.initial
  let replicas = spec.minReplicaCount ?? 0
  const seen = [replicas]
  for (let look = 0; look < 6; look++) {
    const at = Date.UTC(2025, 0, 1) + look * 15_000
    const step = policy.decide(state, {
      at,
      partitions: lagOf(5_000),
      arrivalRate: 0,
      drainRate: 0,
      replicas,
    })
    state = step.state
    replicas = step.decision.to
    seen.push(replicas)
  }
  assert.equal(seen, [3, 7, 14, 24, 24, 24, 24])
})

test('with one topic named the cap could not be reached: KEDA would stop the metric at what 24 are worth', () => {
  const metric = (partitions: number) =>
    kafkaTrigger(lagOf(100_000).slice(0, partitions), { lagThreshold: 200, offsetResetPolicy: 'earliest' })
      .metric
  const changesFrom22 = (value: number) => value / (22 * 200) > 1.1
  assert.is(changesFrom22(metric(24)), false)
  assert.is(changesFrom22(metric(72)), true)
  const [kafka] = kafkaScaledObject(config).spec.triggers
  assert.is(kafka?.type, 'kafka')
  assert.is(kafka?.metadata['topic'], undefined)
})

test('the kafka way is that of the local scaler: threshold, bounds, speed up and down, cooldown', () => {
  const { spec } = kafkaScaledObject(config)
  const settings = kafkaPolicySettings(config.scaling, config.kafka.partitions)
  const [kafka, due] = spec.triggers
  assert.is(kafka?.metadata['lagThreshold'], String(settings.trigger.lagThreshold))
  assert.is(kafka?.metadata['offsetResetPolicy'], settings.trigger.offsetResetPolicy)
  assert.is(due?.metadata['targetQueryValue'], String(settings.trigger.lagThreshold))
  assert.is(spec.minReplicaCount, settings.minReplicas)
  assert.equal(spec.advanced?.horizontalPodAutoscalerConfig?.behavior, fillBehavior(settings.behavior ?? {}))
  assert.is(spec.cooldownPeriod, settings.cooldownSeconds ?? 300)
  // Where a trigger fails the policy keeps what there is; so does this.
  assert.is(spec.fallback?.behavior, 'currentReplicasIfHigher')
  assert.is(spec.fallback?.replicas, settings.minReplicas)
})

test('no trigger has what the design forbids', () => {
  for (const object of [kafkaScaledObject(config), drainTimeScaledObject(config)]) {
    for (const { metadata } of object.spec.triggers) {
      for (const name of ['excludePersistentLag', 'scaleToZeroOnInvalidOffset', 'topic']) {
        assert.is(metadata[name], undefined, name)
      }
    }
  }
})

test('never more workers than partitions, whatever MAX_REPLICAS says', () => {
  const few = settingsOf('MIN_REPLICAS=8\nMAX_REPLICAS=100\nPARTITIONS=6')
  for (const { spec } of [kafkaScaledObject(few), drainTimeScaledObject(few)]) {
    assert.is(spec.minReplicaCount, 6)
    assert.is(spec.maxReplicaCount, 6)
    assert.ok((spec.fallback?.replicas ?? 0) <= 6)
  }
})

test('the drain-time way has one trigger, lets the HPA go anywhere at once, and holds 6 while the scaler is down', () => {
  const { spec } = drainTimeScaledObject(config)
  assert.is(spec.triggers.length, 1)
  assert.equal(spec.triggers[0]?.metadata, { scalerAddress: 'scaler.anomgrd.svc.cluster.local:9090' })
  assert.equal(spec.fallback, { failureThreshold: 3, replicas: 6, behavior: 'currentReplicasIfHigher' })
  const behavior = spec.advanced?.horizontalPodAutoscalerConfig?.behavior
  assert.is(behavior?.scaleUp?.stabilizationWindowSeconds, 0)
  assert.is(behavior?.scaleDown?.stabilizationWindowSeconds, 0)
  const down = behavior?.scaleDown?.policies ?? []
  assert.ok(down.some(({ type, value }) => type === 'Percent' && value === 100))
  const up = behavior?.scaleUp?.policies ?? []
  assert.ok(up.some(({ type, value }) => type === 'Pods' && value >= (spec.maxReplicaCount ?? 0)))
})

test('TLS, SASL and the brokers of the settings are in the trigger, in KEDA’s words, and no secret is', () => {
  const secured = settingsOf(
    'KAFKA_BROKERS=a.example:9093,b.example:9093\nKAFKA_SSL=true\nKAFKA_SASL=scram-sha-512',
  )
  const [kafka] = kafkaScaledObject(secured).spec.triggers
  assert.equal(kafka, {
    type: 'kafka',
    metadata: {
      bootstrapServers: 'a.example:9093,b.example:9093',
      consumerGroup: 'anomgrd-slaves',
      lagThreshold: '200',
      offsetResetPolicy: 'earliest',
      tls: 'enable',
      sasl: 'scram_sha512',
    },
    authenticationRef: { name: 'anomalyguard-kafka' },
  })
})

test('another prefix is another group, and other topics whose parked jobs count', () => {
  const [kafka, due] = kafkaScaledObject(settingsOf('TOPIC_PREFIX=other\nDATABASE_SCHEMA=mine')).spec.triggers
  assert.is(kafka?.metadata['consumerGroup'], 'other-slaves')
  assert.is(
    due?.metadata['query'],
    "select count(*) from mine.parked where due <= now() and due < 'infinity' " +
      "and topic in ('other.jobs', 'other.jobs.high', 'other.jobs.low')",
  )
})

test('no process of the product imports the generator: its packages are not in the image', () => {
  const sources = globSync('{core,producer,consumer,scaler,web,local}/**/*.ts', {
    cwd: repository,
    exclude: ['**/node_modules/**', 'scaler/manifest/**'],
  })
  assert.ok(sources.includes('scaler/main.ts'))
  const wrong = sources.filter((file) =>
    /from '[^']*(\/manifest\/|kubernetes-models)/.test(readFileSync(join(repository, file), 'utf8')),
  )
  assert.equal(wrong, [])
})

test('settings that are wrong make no manifest', () => {
  assert.throws(() => settingsOf('MIN_REPLICAS=many'), /MIN_REPLICAS: must be a whole number/)
  assert.throws(() => settingsOf('MIN_REPLICAS=9\nMAX_REPLICAS=8'), /MIN_REPLICAS/)
})

test.run()
