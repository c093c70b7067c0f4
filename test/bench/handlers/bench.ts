import { defineHandler, z } from 'anomalyguard/handler'
import { runBenchJob } from '../lib/job.ts'

/** The job that all contestants run. */
export default defineHandler({
  type: 'bench',
  schema: z.object({ due: z.string().optional(), ms: z.number().optional() }),
  run: (payload) => runBenchJob(payload),
})
