/**
 * The cluster that cluster tests run on: the one KUBECONFIG names; else the one that the scripts in `../shared/cluster` bring up
 * (their README says how), with the images of this working tree in it. Where neither is to be had, the reason why.
 */
import { existsSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'
import { runScript, type Script } from './script.ts'

/** Builds, loads and starts take their time; a first build of all programs some twenty minutes. */
const BUILD_MS = 35 * 60_000
const UP_MS = 5 * 60_000
const LOAD_MS = 5 * 60_000

/** Makes what the pods run, and puts it into the cluster of the scripts: ours, Kafka's and PostgreSQL's. */
const LOAD = 'test/cluster/load-images.sh'

/** That cluster has no storage class: its volumes are folders of this one. */
const VOLUMES = '.data/cluster/volumes'

export interface ClusterParts {
  readonly env: NodeJS.ProcessEnv
  /** The folder of the scripts; it need not exist. */
  readonly scripts: string
  readonly log: (line: string) => void
  readonly signal: AbortSignal
  readonly run?: typeof runScript
}

export type Provided =
  | { readonly env: Readonly<Record<string, string>>; stop(): Promise<void> }
  | { readonly missing: string }

/** The end of an output, in one line. */
const lastOf = (output: string): string =>
  output
    .trimEnd()
    .split('\n')
    .slice(-3)
    .map((line) => line.trim())
    .join(' | ')

/**
 * Never takes down a cluster that it found running. @throws Error where a cluster is there and something of ours goes wrong, or
 * where the one that KUBECONFIG names is none with KEDA
 */
export const provideCluster = async ({
  env,
  scripts,
  log,
  signal,
  run = runScript,
}: ClusterParts): Promise<Provided> => {
  // The Node of node_modules comes first in PATH: it is the one that the images get.
  const path = [resolve('node_modules/.bin'), env['PATH'] ?? ''].join(delimiter)
  const on = (kubeconfig: string): NodeJS.ProcessEnv => ({ ...env, PATH: path, KUBECONFIG: kubeconfig })
  const ask = (command: string, args: readonly string[], kubeconfig: string): Promise<Script> =>
    run(command, args, { env: on(kubeconfig), signal, limitMs: 20_000 })
  const hasKeda = (kubeconfig: string): Promise<Script> =>
    ask('kubectl', ['get', '--raw', '/apis/keda.sh/v1alpha1'], kubeconfig)

  const given = env['KUBECONFIG'] ?? ''
  if (given !== '') {
    const answer = await hasKeda(given)
    if (answer.ok) return { env: { KUBECONFIG: given }, stop: async () => {} }
    throw new Error(`KUBECONFIG=${given}: no cluster with KEDA answers there: ${lastOf(answer.output)}`)
  }
  if (!existsSync(resolve(scripts, 'up'))) {
    return { missing: `KUBECONFIG is not set, and there are no scripts of a cluster in ${scripts}` }
  }
  const unlessFetching = (line: string): void => {
    if (!line.startsWith('go: downloading ')) log(line)
  }
  const script = (name: string, limitMs: number, args: readonly string[] = []): Promise<Script> =>
    run(resolve(scripts, name), args, { env: { ...env, PATH: path }, signal, limitMs, log: unlessFetching })
  const where = await ask('bash', ['-c', '. "$0/lib.sh" && echo "$KUBECONFIG_OUT"', scripts], '')
  if (!where.ok) return { missing: `lib.sh of the cluster’s scripts: ${lastOf(where.output)}` }
  const kubeconfig = where.output.trim()

  const found = existsSync(kubeconfig) && (await hasKeda(kubeconfig)).ok
  const stop = async (): Promise<void> => {
    if (found) return
    // Also after an interruption, which has ended the others.
    const { signal: never } = new AbortController()
    await run(resolve(scripts, 'down'), [], { env, signal: never, limitMs: 60_000 })
  }
  if (found) log('a cluster runs already; it is used, and left as it is')
  else {
    // It leaves out what is built already.
    const built = await script('build', BUILD_MS)
    if (!built.ok) return { missing: `the cluster’s programs can’t be built: ${lastOf(built.output)}` }
    const up = await script('up', UP_MS)
    if (!up.ok) {
      await stop()
      return { missing: `the cluster does not come up: ${lastOf(up.output)}` }
    }
  }
  const loaded = await run(resolve(LOAD), [scripts], { env: on(kubeconfig), signal, limitMs: LOAD_MS, log })
  if (!loaded.ok) {
    await stop()
    throw new Error(`${LOAD}: ${loaded.output.trimEnd().split('\n').slice(-20).join('\n')}`)
  }
  return { env: { KUBECONFIG: kubeconfig, CLUSTER_VOLUMES: resolve(VOLUMES) }, stop }
}
