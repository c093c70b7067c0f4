/** Where the cluster is: from within a pod, or by a kubeconfig. */
import { existsSync } from 'node:fs'
import { KubeConfig } from '@kubernetes/client-node'
import type { Config } from '../../core/config.ts'
import { AppError, toError } from '../../core/errors.ts'

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token'

export interface Cluster {
  readonly kubeConfig: KubeConfig
  readonly namespace: string
}

/**
 * The cluster that `KUBECONFIG` names, else the one that this pod runs in; undefined where there is neither.
 * @throws AppError CONFIG_INVALID where the kubeconfig can't be read, or names no cluster
 */
export const findCluster = ({ kubeconfig, namespace }: Config['kubernetes']): Cluster | undefined => {
  const kubeConfig = new KubeConfig()
  if (kubeconfig !== undefined) {
    try {
      kubeConfig.loadFromFile(kubeconfig)
    } catch (cause) {
      const why = toError(cause).message
      throw new AppError('CONFIG_INVALID', `configuration: KUBECONFIG: can’t be read: ${why}`, { cause })
    }
    if (!kubeConfig.getCurrentCluster())
      throw new AppError('CONFIG_INVALID', `configuration: KUBECONFIG: ${kubeconfig} has no current context`)
  } else if (existsSync(SERVICE_ACCOUNT)) kubeConfig.loadFromCluster()
  else return undefined
  const ofContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace
  return { kubeConfig, namespace: namespace ?? ofContext ?? 'default' }
}

/** Fails where an answer takes longer: the client itself waits as long as the connection stands. */
export const within = async <T>(limitMs: number, what: string, asked: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`${what}: no answer within ${limitMs} ms`)), limitMs)
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
