/** A suite of cluster tests: each gets the cluster, and where one fails, the cluster’s evidence follows the error. */
import { suite } from 'uvu'
import { type Api, openApi } from './api.ts'
import { leaveEvidence } from './evidence.ts'
import { deploy, type PolicyName } from './installation.ts'
import { keepLogs, type LogKeeper } from './log-keeper.ts'
import { openStore, type Store } from './store.ts'

export interface Cluster {
  readonly api: Api
  /** The installation’s PostgreSQL; the way to it is opened once. */
  store(): Promise<Store>
}

export interface ClusterTest {
  (name: string, body: (cluster: Cluster) => Promise<void>): void
  /** Says why it can't run here; it counts as skipped. */
  skip(name: string, why: string): void
  run(): void
}

/** With `policy` that installation is there, and Ready, before the first test: it is made where another file has not left it. */
export const clusterSuite = (name: string, policy?: PolicyName): ClusterTest => {
  const tests = suite(name)
  let opened: Promise<Api> | undefined
  let prepared: Promise<void> | undefined
  let store: Promise<Store> | undefined
  let logs: LogKeeper | undefined
  const openOnce = (): Promise<Api> => {
    opened ??= openApi()
    return opened
  }
  const prepareOnce = async (api: Api): Promise<void> => {
    logs ??= keepLogs(api, name)
    prepared ??= policy === undefined ? Promise.resolve() : deploy(api, policy)
    await prepared
  }
  tests.after(async () => {
    await logs?.stop()
    await (await store?.catch(() => undefined))?.close()
    ;(await opened?.catch(() => undefined))?.close()
  })
  const test = (title: string, body: (cluster: Cluster) => Promise<void>): void =>
    tests(title, async () => {
      const api = await openOnce()
      const cluster: Cluster = {
        api,
        store() {
          store ??= openStore(api)
          return store
        },
      }
      try {
        await prepareOnce(api)
        await body(cluster)
      } catch (error) {
        await leaveEvidence(api, title)
        if (logs)
          console.log(`--- all logs since the suite began, also of pods that are gone: ${logs.folder}`)
        throw error
      }
    })
  return Object.assign(test, {
    skip: (title: string, why: string): void => {
      console.log(`skipped: ${title}: ${why}`)
      tests.skip(title, () => {})
    },
    run: (): void => tests.run(),
  })
}
