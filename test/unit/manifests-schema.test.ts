/** Every object of every overlay is what the API, KEDA and the Prometheus operator take. */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { crdFaults, KEDA_VERSION, triggerParameters, whyNoCrds, whyNoScalers } from '../support/keda-crds.ts'
import { schemaFaults } from '../support/kube-schema.ts'
import { type KubeObject, nameOf, overlays, render, whyNotRendered } from '../support/manifests.ts'

const test = suite('manifests and schemas')

const unless = (reasons: readonly (string | undefined)[], what: string) => {
  const reason = reasons.find((it) => it !== undefined)
  if (reason === undefined) return test
  console.log(`SKIPPED: ${what}: ${reason}`)
  return test.skip
}
const noKubectl = whyNotRendered()
const rendered = unless([noKubectl], 'overlays against the API’s schemas')
const byCrds = unless([noKubectl, whyNoCrds()], `overlays against the CRDs of KEDA ${KEDA_VERSION}`)
const byScalers = unless([noKubectl, whyNoScalers()], `triggers against those of KEDA ${KEDA_VERSION}`)

const objectsOfAll = (): [overlay: string, object: KubeObject][] =>
  overlays().flatMap((overlay) => render(overlay).map((object): [string, KubeObject] => [overlay, object]))

rendered('there are overlays, and each is rendered', () => {
  const all = overlays()
  for (const name of ['trial', 'trial-drain-time', 'production']) {
    assert.ok(all.includes(`manifests/overlays/${name}`), name)
  }
  for (const overlay of all) assert.ok(render(overlay).length > 10, overlay)
})

rendered(
  'each object fits the models of its kind (KEDA’s are those of 2.19), and has no unknown field',
  async () => {
    const faults: string[] = []
    for (const [overlay, object] of objectsOfAll()) {
      for (const fault of await schemaFaults(object)) faults.push(`${overlay}: ${nameOf(object)}: ${fault}`)
    }
    assert.equal(faults, [])
  },
)

byCrds(`each object of KEDA fits the CRDs of ${KEDA_VERSION}, and has no unknown field`, () => {
  const ofKeda = objectsOfAll().filter(([, { apiVersion }]) => apiVersion.startsWith('keda.sh/'))
  assert.ok(ofKeda.length >= 3)
  const faults = ofKeda.flatMap(([overlay, object]) =>
    crdFaults(object).map((fault) => `${overlay}: ${nameOf(object)}${fault}`),
  )
  assert.equal(faults, [])
})

byCrds('what a CRD does not know, or forbids, is found', () => {
  const object = (spec: object): KubeObject => ({
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'x' },
    spec: { scaleTargetRef: { name: 'x' }, triggers: [{ type: 'kafka', metadata: {} }], ...spec },
  })
  assert.equal(crdFaults(object({ minReplicaCount: 3 })), [])
  assert.equal(crdFaults(object({ minReplicas: 3 })), ['/spec/minReplicas: is not documented'])
  assert.equal(
    crdFaults(object({ fallback: { failureThreshold: 3, replicas: 6, behavior: 'hope' } })).length,
    1,
  )
})

byScalers(`each trigger is told only what KEDA ${KEDA_VERSION} knows of it`, () => {
  const faults = objectsOfAll().flatMap(([overlay, object]) =>
    ScaledObject.is(object)
      ? object.spec.triggers.flatMap(({ type, metadata }) => {
          const known = triggerParameters(type)
          return Object.keys(metadata)
            .filter((name) => !known?.has(name))
            .map((name) => `${overlay}: ${type}: ${name} is unknown`)
        })
      : [],
  )
  assert.equal(faults, [])
})

test('a wrong type, a missing field and an unknown one are found, however deep', async () => {
  const deployment = (container: object, spec: object = {}): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', ...container }] } },
      ...spec,
    },
  })
  assert.equal(await schemaFaults(deployment({ image: 'i', ports: [{ containerPort: 1 }] })), [])
  assert.equal(await schemaFaults(deployment({ livenesProbe: {} })), [
    'spec.template.spec.containers[0].livenesProbe is unknown',
  ])
  assert.match(String(await schemaFaults(deployment({ image: 7 }))), /containers\/0\/image must be string/)
  assert.match(String(await schemaFaults(deployment({}, { selector: undefined }))), /selector/)
  assert.equal(await schemaFaults({ apiVersion: 'apps/v9', kind: 'Deployment', metadata: { name: 'x' } }), [
    'there is no model of apps/v9 Deployment',
  ])
})

test.run()
