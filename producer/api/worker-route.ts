/** Workers, and what each of them runs. */
import { z } from 'zod'
import { progress } from '../../core/job.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

/** A worker in few words. */
export const worker = z.object({
  id: z.string(),
  pid: z.int(),
  nodeType: z.enum(['master', 'child']),
  claimed: z.int().meta({ description: 'Jobs that it has taken and not ended.' }),
  running: z.int().meta({ description: 'Jobs whose handler runs.' }),
  startedAt: z.iso.datetime(),
})

export const busyWorker = worker
  .extend({
    concurrency: z.int().optional().meta({ description: 'Jobs that it runs at once at most.' }),
    leaving: z.boolean().meta({ description: 'It ends what runs, and takes no more.' }),
    jobs: z
      .array(
        z.object({
          id: z.string(),
          type: z.string(),
          key: z.string().optional(),
          attempt: z.int(),
          startedAt: z.iso.datetime().meta({ description: 'When this attempt started.' }),
          progress: progress.optional(),
        }),
      )
      .meta({
        description:
          'Those that started and whose end is not told yet, the longest first: a moment later than `running`.',
      }),
  })
  .meta({ id: 'Worker' })

export const workerRoute = ({ fleet }: ApiParts): Route =>
  route({
    method: 'get',
    path: '/workers',
    tag: 'fleet',
    summary: 'Workers, and what each of them runs',
    description:
      'As their heartbeats tell, once a second. A master’s own node, which runs control jobs, is one of them.',
    role: 'read',
    answers: {
      200: { description: 'Now, the oldest first', schema: z.object({ workers: z.array(busyWorker) }) },
    },
    handle: (_input, _request, response) => json(response, 200, { workers: fleet.busyWorkers() }),
  })
