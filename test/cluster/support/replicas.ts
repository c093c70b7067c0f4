/** A number of slaves that no autoscaler changes: KEDA's `paused-replicas`. */
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'
import { autoscales, scaledObject } from './installation.ts'
import { paths } from './names.ts'
import { replicasOf } from './state.ts'

const PAUSED = 'autoscaling.keda.sh/paused-replicas'
const LIMIT_MS = 120_000

const annotate = async (api: Api, value: string | null): Promise<void> => {
  const { metadata } = await scaledObject(api)
  if ((metadata.annotations?.[PAUSED] ?? null) === value) return
  await api.patch(`${paths.scaledObjects}/${metadata.name}`, {
    metadata: { annotations: { [PAUSED]: value } },
  })
}

const areThere = async (api: Api, replicas: number): Promise<boolean> => {
  const { desired, ready } = await replicasOf(api, 'backend-slave')
  return desired === replicas && ready === replicas
}

/** Waits until so many are Ready. */
export const holdReplicas = async (api: Api, replicas: number): Promise<void> => {
  await annotate(api, String(replicas))
  await eventually(`${replicas} slaves, all Ready`, () => areThere(api, replicas), { limitMs: LIMIT_MS })
}

/** Gives them back to the autoscaler, and waits until it keeps the minimum. */
export const releaseReplicas = async (api: Api): Promise<void> => {
  await annotate(api, null)
  const { spec } = await autoscales(api)
  const min = spec.minReplicaCount ?? 0
  await eventually(`${min} slaves, all Ready`, () => areThere(api, min), { limitMs: LIMIT_MS })
}
