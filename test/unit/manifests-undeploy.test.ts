import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Cluster {
  readonly overlay: 'trial' | 'production'
  /** Deployments of the product in other namespaces. */
  readonly others: string
}

/** A kubectl that knows an overlay's objects, has none of them installed, and notes what it is asked. */
const kubectl = ({ overlay, others }: Cluster, notes: string): string => `#!/bin/sh
echo "$*" >>'${notes}'
case "$*" in
  kustomize*)
    printf 'apiVersion: v1\\nkind: Namespace\\nmetadata:\\n  name: anomgrd\\n'
    ${overlay === 'production' ? "printf -- '---\\nkind: PriorityClass\\nmetadata:\\n  name: anomalyguard-serving\\n'" : ':'} ;;
  get\\ deployments*) printf '%s' '${others}' ;;
esac
`

/** What kubectl is asked by `undeploy.sh`. */
const undeploy = async (cluster: Cluster): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'undeploy-'))
  const notes = join(folder, 'notes')
  const program = join(folder, 'kubectl')
  try {
    writeFileSync(program, kubectl(cluster, notes))
    chmodSync(program, 0o755)
    const env = { ...process.env, PATH: [folder, process.env['PATH']].join(delimiter), TMPDIR: folder }
    await promisify(execFile)('manifests/undeploy.sh', [cluster.overlay], { env })
    return readFileSync(notes, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const deletesClasses = /^delete priorityclasses/m

const test = suite('manifests: undeploy')

test('priority classes go with the overlay that brought them', async () => {
  assert.match(await undeploy({ overlay: 'production', others: '' }), deletesClasses)
})

test('priority classes of another installation stay', async () => {
  assert.not.match(await undeploy({ overlay: 'trial', others: '' }), deletesClasses)
  assert.not.match(
    await undeploy({ overlay: 'production', others: 'deployment.apps/backend-slave' }),
    deletesClasses,
  )
})

test.run()
