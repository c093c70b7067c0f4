/** What happens to pods in a cluster: they are deleted, evicted, killed. */
import type { Api } from './api.ts'
import { kubectl } from './kubectl.ts'
import { namespace, paths } from './names.ts'
import { isReady, type Pod, podsOf } from './state.ts'

/** A Ready pod of the component that none of `but` names; the newest first. */
export const anyReady = async (
  api: Api,
  component: string,
  but: ReadonlySet<string> = new Set(),
): Promise<Pod | undefined> =>
  (await podsOf(api, component))
    .filter((pod) => isReady(pod) && !but.has(pod.metadata.name))
    .toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0]

/** As a drain of its node or a scale-down does: SIGTERM, and its grace period. */
export const deletePod = (api: Api, pod: Pod): Promise<void> => api.remove(paths.pod(pod.metadata.name))

/** `--force --grace-period=0`: it is gone from the API at once, and killed. */
export const forcePod = (api: Api, pod: Pod): Promise<void> => api.remove(paths.pod(pod.metadata.name), 0)

/**
 * kill -9 of every node process in the pod, from inside. A container’s first process can’t be killed from within its own namespace, so
 * the tests’ overlay lets the slaves’ containers share the pod’s (`shareProcessNamespace`): there the first one is the sandbox’s.
 */
export const killProcesses = async (pod: Pod): Promise<void> => {
  const program = `
    const { readdirSync, readFileSync } = require('node:fs')
    for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
      let command = ''
      try { command = readFileSync('/proc/' + pid + '/cmdline', 'utf8') } catch {}
      if (command.includes('consumer/main.ts') && Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL')
    }`
  await kubectl(['-n', namespace, 'exec', pod.metadata.name, '--', 'node', '-e', program], {
    limitMs: 30_000,
  })
}
