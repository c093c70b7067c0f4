/** Who may talk to whom. Only some network plugins enforce NetworkPolicies; where this cluster's does not, that is said. */
import * as assert from 'uvu/assert'
import { openApi } from './support/api.ts'
import { clusterSuite } from './support/cluster-suite.ts'
import { kubectl } from './support/kubectl.ts'
import { namespace } from './support/names.ts'
import { runPod } from './support/run-pod.ts'

const LIMIT_MS = 60_000

/** Whether a pod that is labelled as this component gets a connection to `host:port`. */
const connects = async (component: string, host: string, port: number): Promise<boolean> => {
  const program = `
    const socket = require('node:net').connect(${port}, '${host}', () => { console.log('connected'); process.exit() })
    socket.setTimeout(5000, () => { console.log('silence'); process.exit() })
    socket.on('error', (error) => { console.log('refused: ' + error.code); process.exit() })`
  const api = await openApi()
  try {
    const name = `probe-${component}`
    const { ended } = await runPod(api, { name, component, command: ['node', '-e', program] }, LIMIT_MS)
    const { log } = await ended
    return log.includes('connected')
  } finally {
    api.close()
  }
}

/** A policy that can't be misunderstood: whoever is labelled so may do nothing. */
const isolation = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'test-isolated', namespace },
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/component': 'isolated' } },
    policyTypes: ['Ingress', 'Egress'],
  },
}

/** Whether this cluster's network plugin enforces policies at all. */
const isEnforced = async (): Promise<boolean> => {
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(isolation) })
  try {
    return !(await connects('isolated', 'backend-master', 80))
  } finally {
    await kubectl(['-n', namespace, 'delete', 'networkpolicy', 'test-isolated', '--ignore-not-found'])
  }
}

const test = clusterSuite('network policies')
const title = 'a pod reaches whom the policies let it reach, and nobody else'

if (await isEnforced()) {
  test(title, async () => {
    assert.ok(await connects('load', 'backend-master', 80), 'load → master')
    for (const [component, host, port] of [
      ['load', 'postgres', 5432],
      ['load', 'kafka', 9092],
      ['frontend', 'postgres', 5432],
      ['frontend', 'kafka', 9092],
      ['streamlit', 'postgres', 5432],
      ['backend-slave', 'backend-master', 80],
    ] as const) {
      assert.not.ok(await connects(component, host, port), `${component} → ${host}:${port}`)
    }
  })
} else {
  test.skip(
    title,
    'the network plugin of this cluster does not enforce NetworkPolicies; unit tests check them offline',
  )
}

test.run()
