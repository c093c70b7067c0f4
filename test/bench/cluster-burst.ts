/**
 * The timeline of a burst on a cluster, for each way of scaling: `node test/bench/cluster-burst.ts kafka drain-time static:3 static:12`.
 * KUBECONFIG names the cluster; the images are there (`make cluster-test` puts them there). What is installed stays. Each timeline
 * goes to `.data/cluster/timeline-….jsonl`: a sample a second `{at, lag, desired, ready, finished}`, the summary last.
 *
 *     JOBS=10000 MS=100    jobs of the burst, and what each takes
 */
import { parseArgs } from 'node:util'
import { toError } from '../../core/errors.ts'
import { openApi } from '../cluster/support/api.ts'
import { burst } from '../cluster/support/burst.ts'
import { deploy, policies } from '../cluster/support/installation.ts'
import { holdReplicas, releaseReplicas } from '../cluster/support/replicas.ts'
import { openStore } from '../cluster/support/store.ts'
import { describeSteps, type Summary } from '../cluster/support/timeline.ts'
import { keepTimeline } from '../cluster/support/timeline-file.ts'

const DRAIN_LIMIT_MS = 600_000
const BACK_LIMIT_MS = 180_000

type Way = { readonly name: string; readonly policy: (typeof policies)[number]; readonly replicas?: number }

/** `kafka`, `drain-time`, or `static:N`: N slaves, whatever waits. */
const wayOf = (name: string): Way => {
  const policy = policies.find((each) => each === name)
  if (policy) return { name, policy }
  const replicas = Number(/^static:(\d+)$/.exec(name)?.[1])
  if (!(replicas > 0)) throw new Error(`${name}: must be ${policies.join(', ')} or static:N`)
  return { name, policy: 'kafka', replicas }
}

const setting = (name: string, usual: number): number => Number(process.env[name] || usual)
const jobs = setting('JOBS', 10_000)
const ms = setting('MS', 100)

const measure = async (api: Awaited<ReturnType<typeof openApi>>, way: Way): Promise<Summary> => {
  await deploy(api, way.policy)
  if (way.replicas === undefined) await releaseReplicas(api)
  else await holdReplicas(api, way.replicas)
  const store = await openStore(api)
  try {
    const outcome = await burst(
      { api, store },
      {
        name: 'load-bench',
        jobs,
        ms,
        batch: 1_000,
        drainLimitMs: DRAIN_LIMIT_MS,
        backLimitMs: BACK_LIMIT_MS,
      },
    )
    console.log(`${way.name}: ${describeSteps(outcome.samples)}`)
    console.log(`  lost ${outcome.report.jobs.lost}, handed over twice ${outcome.counts.repeated}`)
    console.log(`  ${keepTimeline(way.name, outcome.samples, outcome.summary)}`)
    return outcome.summary
  } finally {
    await store.close()
    await releaseReplicas(api)
  }
}

try {
  const { positionals } = parseArgs({ allowPositionals: true })
  const ways = (positionals.length > 0 ? positionals : ['static:3', 'kafka', 'drain-time', 'static:12']).map(
    wayOf,
  )
  const api = await openApi()
  const summaries: Record<string, Summary> = {}
  for (const way of ways) summaries[way.name] = await measure(api, way)
  console.table(summaries)
  api.close()
} catch (error) {
  console.error(toError(error).message)
  process.exitCode = 1
}
