/** The product in the tests' namespace, by the commands that users have for it. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'
import { namespace, paths } from './names.ts'
import { isRolledOut, type ScaledObject, type Workload } from './state.ts'
import { provideVolumes, removeVolumes } from './volumes.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What scales: one overlay of the tests each. */
export const policies = ['kafka', 'drain-time'] as const
export type PolicyName = (typeof policies)[number]

const READY_MS = 120_000
const MAKE_MS = 240_000
const GONE_MS = 60_000

/** Images that take the place of the overlay's, by variable: for a cluster that has them from a registry. */
const replaceable = {
  IMAGE: 'acranomalyguard.azurecr.io/anomalyguard',
  KAFKA_IMAGE: 'docker.io/apache/kafka',
  POSTGRES_IMAGE: 'docker.io/library/postgres',
} as const

/** `registry:5000/name:tag` as kustomize has it. */
export const splitImage = (image: string): { newName: string; newTag?: string; digest?: string } => {
  const [name = '', digest] = image.split('@')
  const colon = name.lastIndexOf(':')
  if (digest !== undefined) return { newName: name, digest }
  return colon > name.lastIndexOf('/')
    ? { newName: name.slice(0, colon), newTag: name.slice(colon + 1) }
    : { newName: name }
}

/** The folder to deploy, relative to the repository: the tests' overlay, or one over it with the images that the environment names. */
export const overlayOf = (policy: PolicyName, env: NodeJS.ProcessEnv = process.env): string => {
  const plain = `test/cluster/overlay/${policy}`
  const images = Object.entries(replaceable).flatMap(([variable, name]) => {
    const image = env[variable] ?? ''
    return image === '' ? [] : [{ name, ...splitImage(image) }]
  })
  if (images.length === 0) return plain
  const folder = join(root, '.data/cluster/overlay', policy)
  mkdirSync(folder, { recursive: true })
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, join(root, plain))],
    images,
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization, null, 2))
  return relative(root, folder)
}

/** Runs `make target NAME=value…` in the repository; gives what it says. @throws Error with that, where it fails */
export const make = (target: string, variables: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve, reject) => {
    const args = [target, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)]
    // A make above this one would hand down its options.
    const { MAKEFLAGS: _, MAKELEVEL: __, MFLAGS: ___, ...env } = process.env
    const child = spawn('make', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: MAKE_MS })
    let said = ''
    const keep = (chunk: string): void => {
      said += chunk
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.once('error', reject)
    child.once('close', (code, signal) =>
      code === 0
        ? resolve(said)
        : reject(new Error(`make ${args.join(' ')} ended with ${code ?? signal}:\n${said.slice(-4_000)}`)),
    )
  })

/** Waits until every workload runs what was asked for last, all of it Ready. */
export const settled = async (api: Api, limitMs = READY_MS): Promise<void> => {
  let waits: string[] = []
  await eventually(
    'all workloads are rolled out and Ready',
    async () => {
      const [deployments, sets] = await Promise.all([
        api.list<Workload>(paths.deployments),
        api.list<Workload>(paths.statefulSets),
      ])
      const all = [...deployments, ...sets]
      waits = all.filter((each) => !isRolledOut(each)).map(({ metadata }) => metadata.name)
      return all.length > 0 && waits.length === 0
    },
    { limitMs },
    () => ({ waits }),
  )
}

/** The policy that scales now; undefined where nothing is installed. */
export const policyNow = async (api: Api): Promise<PolicyName | undefined> => {
  const [object] = await api.list<ScaledObject>(paths.scaledObjects)
  if (!object) return undefined
  return object.spec.triggers.some(({ type }) => type === 'external-push') ? 'drain-time' : 'kafka'
}

export const scaledObject = async (api: Api): Promise<ScaledObject> => {
  const [object, ...others] = await api.list<ScaledObject>(paths.scaledObjects)
  if (!object || others.length > 0)
    throw new Error(`there are ${others.length + (object ? 1 : 0)} ScaledObjects, not one`)
  return object
}

/** Waits until KEDA has made its HPA of the ScaledObject, and the HPA can read its metrics. */
export const autoscales = (api: Api, limitMs = 90_000): Promise<ScaledObject> => {
  let last: ScaledObject | undefined
  return eventually(
    'KEDA’s HPA scales on its metrics',
    async () => {
      last = await scaledObject(api)
      const ready = last.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
      const hpa = await api.get<{ status?: { conditions?: { type: string; status: string }[] } }>(
        `${paths.hpas}/${last.status?.hpaName ?? 'none'}`,
      )
      const active = hpa?.status?.conditions?.some(
        ({ type, status }) => type === 'ScalingActive' && status === 'True',
      )
      return ready === true && active === true && last
    },
    { limitMs },
    () => last?.status?.conditions,
  )
}

/** `make deploy`, where that policy does not scale already; then waits until all of it is there. */
export const deploy = async (api: Api, policy: PolicyName): Promise<void> => {
  const now = await policyNow(api)
  if (now === undefined) await provideVolumes()
  if (now !== policy) await make('deploy', { OVERLAY: overlayOf(policy), WAIT: String(READY_MS / 1_000) })
  await settled(api)
  await autoscales(api)
}

/** `make undeploy` of what is there, or was to be, with its data; the namespace is gone then. */
export const undeploy = async (api: Api): Promise<void> => {
  await make('undeploy', { OVERLAY: overlayOf((await policyNow(api)) ?? 'kafka'), VOLUMES: 'delete' })
  const gone = async (): Promise<boolean> => (await api.get(paths.namespace)) === undefined
  await eventually('the namespace is gone', gone, { limitMs: GONE_MS })
  await removeVolumes()
}

/** Whether the namespace is there, and not going. */
export const isInstalled = async (api: Api): Promise<boolean> => {
  const found = await api.get(paths.namespace)
  return (
    found !== undefined && found.metadata.deletionTimestamp === undefined && found.metadata.name === namespace
  )
}
