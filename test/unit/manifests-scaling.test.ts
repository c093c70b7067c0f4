/** What scales the workers, and where everybody is found, in every overlay and in combinations that no overlay has. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type IScaledObject, ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serverProperties } from '../../local/kafka-settings.ts'
import { drainTimeScaledObject, kafkaScaledObject } from '../../scaler/manifest/scaled-object.ts'
import { settingsOf } from '../../scaler/manifest/settings.ts'
import {
  type KubeObject,
  ofKind,
  overlays,
  render,
  renderOverlay,
  repository,
  whyNotRendered,
} from '../support/manifests.ts'
import { environmentOf, workloadsOf } from '../support/workloads.ts'

const test = suite('scaling and addresses in the manifests')
const reason = whyNotRendered()
if (reason !== undefined) console.log(`SKIPPED: scaling and addresses in the manifests: ${reason}`)
const rendered = reason === undefined ? test : test.skip

const settingsIn = (objects: readonly KubeObject[]): Readonly<Record<string, string>> =>
  ofKind(objects, ConfigMap.is).find(({ metadata }) => /^anomalyguard-[^d]/.test(metadata?.name ?? ''))
    ?.data ?? {}

const namespaceOf = (objects: readonly KubeObject[]): string =>
  objects.find(({ kind }) => kind === 'Namespace')?.metadata.name ?? ''

/** What the generator makes of the overlay's own settings, in the overlay's namespace. */
const generated = (objects: readonly KubeObject[], way: string | undefined): IScaledObject['spec'] => {
  const lines = Object.entries(settingsIn(objects)).map(([name, value]) => `${name}=${value}`)
  const make = way === 'kafka' ? kafkaScaledObject : drainTimeScaledObject
  const { spec } = make(settingsOf(lines.join('\n')))
  return JSON.parse(JSON.stringify(spec).replaceAll('.anomgrd.svc', `.${namespaceOf(objects)}.svc`))
}

const scalesAsGenerated = (objects: readonly KubeObject[], overlay: string): void => {
  const [object, ...more] = ofKind(objects, ScaledObject.is)
  assert.ok(object && more.length === 0, `${overlay} has ${more.length + (object ? 1 : 0)} ScaledObjects`)
  assert.is(object.metadata?.name, 'backend-slave')
  const way = object.metadata?.labels?.['anomalyguard/scaling']
  assert.equal(object.spec, generated(objects, way), `${overlay}: as its settings have it`)
  const authentications = ofKind(objects, TriggerAuthentication.is).map(({ metadata }) => metadata?.name)
  for (const { authenticationRef } of object.spec.triggers) {
    if (authenticationRef) assert.ok(authentications.includes(authenticationRef.name), authenticationRef.name)
  }
}

const base = { resources: ['manifests/base'], namespace: 'elsewhere' }
const component = (...names: string[]) => names.map((name) => `manifests/components/${name}`)
const transformers = ['manifests/transformers/addresses']

rendered('each overlay has one ScaledObject, and it is what its settings make it', () => {
  for (const overlay of overlays()) scalesAsGenerated(render(overlay), overlay)
})

rendered('so has each other combination: external servers and KEDA’s trigger with TLS and SASL', () => {
  const objects = renderOverlay({
    ...base,
    components: component('external', 'scaling-kafka-sasl'),
    transformers,
    configMapGenerator: [
      { name: 'anomalyguard', behavior: 'merge', literals: ['KAFKA_BROKERS=a.example:9094,b.example:9094'] },
    ],
  })
  scalesAsGenerated(objects, 'external and scaling-kafka-sasl')
  const [kafka] = ofKind(objects, ScaledObject.is)[0]?.spec.triggers ?? []
  assert.is(kafka?.metadata['bootstrapServers'], 'a.example:9094,b.example:9094')
  assert.is(kafka?.metadata['sasl'], 'scram_sha512')
  assert.is(kafka?.authenticationRef?.name, 'anomalyguard-kafka')
})

rendered('shadow: KEDA’s trigger scales, and our own scaler says what it would do', () => {
  const objects = renderOverlay({
    ...base,
    components: component('embedded', 'scaling-kafka', 'scaling-shadow'),
    transformers,
  })
  scalesAsGenerated(objects, 'scaling-kafka and scaling-shadow')
  assert.is(ofKind(objects, ScaledObject.is)[0]?.spec.triggers[0]?.type, 'kafka')
  const scaler = workloadsOf(objects).find(({ name }) => name === 'scaler')
  assert.ok(scaler?.pod.containers[0])
  assert.is(environmentOf(scaler.pod.containers[0]).get('SCALER_SHADOW'), 'true')
})

rendered('two ways of scaling in one overlay are refused', () => {
  const both = component('embedded', 'scaling-kafka', 'scaling-drain-time')
  assert.throws(() => renderOverlay({ ...base, components: both }), /ScaledObject|already/)
})

/** All strings in an object. */
const stringsOf = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(stringsOf)
      : []

const addressFaults = (objects: readonly KubeObject[]): readonly string[] => {
  const own = namespaceOf(objects)
  const ofPod = '$(NAMESPACE)'
  return objects.flatMap(({ kind, metadata, ...rest }) =>
    stringsOf(rest)
      .flatMap((text) => [...text.matchAll(/([\w-]+)\.([^\s./:]+)\.svc\b/g)])
      .filter(([, , namespace]) => namespace !== own && namespace !== ofPod)
      .map(([address]) => `${kind}/${metadata.name}: ${address} is not in ${own}`),
  )
}

const placeless = (objects: readonly KubeObject[]): readonly string[] =>
  objects
    .filter(({ kind }) => !['Namespace', 'PriorityClass', 'PersistentVolume'].includes(kind))
    .filter(({ metadata }) => metadata.namespace !== namespaceOf(objects))
    .map(({ kind, metadata }) => `${kind}/${metadata.name} is in ${metadata.namespace}`)

rendered('everything is in the overlay’s namespace, and full names name it', () => {
  for (const overlay of overlays()) {
    assert.equal(placeless(render(overlay)), [], overlay)
    assert.equal(addressFaults(render(overlay)), [], overlay)
  }
})

rendered(
  'another namespace is one line, and the transformer that mends addresses; without that they are wrong',
  () => {
    for (const way of ['scaling-kafka', 'scaling-drain-time']) {
      const components = component('embedded', way)
      const objects = renderOverlay({ ...base, components, transformers })
      assert.is(namespaceOf(objects), 'elsewhere')
      assert.equal(placeless(objects), [])
      assert.equal(addressFaults(objects), [])
      assert.is(settingsIn(objects)['KAFKA_BROKERS'], 'kafka.elsewhere.svc.cluster.local:9092')
      assert.ok(addressFaults(renderOverlay({ ...base, components })).length > 0)
    }
  },
)

rendered('no secret’s value is in the manifests: Secrets are made by whoever installs', () => {
  for (const overlay of overlays().filter((it) => it.startsWith('manifests/'))) {
    assert.equal(
      render(overlay).filter(({ kind }) => kind === 'Secret'),
      [],
      overlay,
    )
  }
  const files = readdirSync(join(repository, 'manifests'), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((it) => /\.(yaml|env|properties|conf|sh)$/.test(it))) {
    const text = readFileSync(join(repository, 'manifests', file), 'utf8')
    assert.not.match(text, /secretGenerator/, file)
    assert.not.match(text, /^\s*\w*(PASSWORD|TOKEN)\w*[:=] *["']?[a-z0-9]{6,}/m, file)
  }
})

const lines = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => /^[a-z.]+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

test('the Kafka inside of the cluster has the settings of the local one, but for its place, and its version', () => {
  const folder = join(repository, 'manifests/components/embedded/kafka')
  const inside = lines(readFileSync(join(folder, 'server.properties'), 'utf8'))
  const local = lines(serverProperties('/data', { broker: 1, controller: 2 }))
  const place = ['controller.quorum.voters', 'listeners', 'advertised.listeners', 'log.dirs']
  const without = (map: ReadonlyMap<string, string>) =>
    Object.fromEntries([...map].filter(([name]) => !place.includes(name)))
  assert.equal(without(inside), without(local))
  const version = /<artifactId>kafka_2.13<\/artifactId>\s*<version>(.*)<\/version>/.exec(
    readFileSync(join(repository, 'local/kafka/pom.xml'), 'utf8'),
  )?.[1]
  const manifest = readFileSync(join(folder, 'kafka.yaml'), 'utf8')
  assert.ok(version)
  assert.equal(new Set(manifest.match(/apache\/kafka:\S+/g)), new Set([`apache/kafka:${version}`]))
})

test.run()
