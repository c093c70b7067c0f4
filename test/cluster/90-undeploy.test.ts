/** The end of the installation. It runs last. */
import * as assert from 'uvu/assert'
import { clusterSuite } from './support/cluster-suite.ts'
import { isInstalled, undeploy } from './support/installation.ts'
import { kubectl } from './support/kubectl.ts'
import { namespace } from './support/names.ts'

const test = clusterSuite('undeploy')

/** Objects outside of the namespace that name it, or are labelled as the product’s; another installation’s namespace is its own. */
const clusterWide = async (): Promise<string[]> => {
  const kinds = (await kubectl(['api-resources', '--namespaced=false', '--verbs=list', '-o', 'name']))
    .trim()
    .split('\n')
    .filter((kind) => !/^(componentstatuses|nodes|.*metrics\.k8s\.io)/.test(kind))
  const text = await kubectl(['get', kinds.join(), '-o', 'json', '--ignore-not-found'])
  const { items = [] } = JSON.parse(text === '' ? '{}' : text) as {
    items?: { kind: string; metadata: { name: string; labels?: Record<string, string> } }[]
  }
  return items
    .filter(
      ({ kind, metadata, ...rest }) =>
        (kind !== 'Namespace' && metadata.labels?.['app.kubernetes.io/name'] === 'anomalyguard') ||
        metadata.name.includes(namespace) ||
        JSON.stringify(rest).includes(`"${namespace}"`),
    )
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
}

test('`make undeploy` leaves nothing: no namespace, no finalizer that waits, nothing cluster-wide', async ({
  api,
}) => {
  assert.ok(await isInstalled(api), 'something is installed')
  await undeploy(api)
  assert.equal(await clusterWide(), [])
})

test('`make undeploy` of what is not there is no error', async ({ api }) => {
  await undeploy(api)
})

test.run()
