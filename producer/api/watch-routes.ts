/** Server-sent events: a job's own changes, and the fleet's. */
import { z } from 'zod'
import type { JobEnded, JobStarted } from '../../core/events/event.ts'
import { isOutcomeStatus, job } from '../../core/job.ts'
import { scalingOf } from './fleet-routes.ts'
import { idParams, notFound } from './job-routes.ts'
import type { ApiParts } from './parts.ts'
import { type Route, route } from './route.ts'
import { sleeper } from './sleeper.ts'
import { EVENT_STREAM, type EventStream, openEventStream } from './sse.ts'

/** A waiting job's position is told this often, milliseconds; so is what an event was lost for. */
const LOOK_MS = 2_000
const FLEET_MS = 1_000
/** Jobs named in one message of the fleet's stream; the counts are whole. */
const MAX_NAMED = 100

/** What happened to a job, in few words: the whole is told by its own stream. */
const startOf = ({ attempts: _attempts, progress: _progress, ...plain }: JobStarted): JobStarted => plain
const endOf = ({ attempt: _attempt, ...plain }: JobEnded): JobEnded => plain

export const watchRoutes = (parts: ApiParts): Route[] => {
  const { finder, fleet, stopping, log } = parts
  return [
    route({
      method: 'get',
      path: '/jobs/:id/events',
      tag: 'jobs',
      summary: 'Follow a job (server-sent events)',
      description:
        'An event `job` with the whole job now and at each change, progress and log included (some four times a second); the stream ends with the job.',
      role: 'read',
      params: idParams,
      answers: { 200: { description: 'Events `job`', schema: job, contentType: EVENT_STREAM } },
      async handle({ params: { id } }, request, response) {
        const gone = new AbortController()
        const signal = AbortSignal.any([gone.signal, stopping])
        const { wake, sleep } = sleeper(signal)
        // Before the first look: what happens after it must not be missed.
        const unlisten = fleet.listen((event) => {
          if (event.kind !== 'jobs') return
          if ([event.started, event.ended, event.progress].some((all) => all.some((it) => it.id === id)))
            wake()
        })
        let stream: EventStream | undefined
        let said = ''
        try {
          let current = await finder.find(id)
          if (!current) throw notFound(id)
          stream = openEventStream(request, response)
          stream.closed.addEventListener('abort', () => gone.abort())
          while (!signal.aborted) {
            const text = JSON.stringify(current)
            if (text !== said) stream.send('job', current)
            said = text
            if (isOutcomeStatus(current.status)) break
            // Many may follow a job that tells often of its progress: the store is asked where it does not run, and now and then.
            const runs = (await sleep(LOOK_MS)) ? finder.running(id) : undefined
            current = runs ?? (await finder.find(id).catch(() => undefined)) ?? current
          }
        } finally {
          unlisten()
          stream?.end()
        }
      },
    }),
    route({
      method: 'get',
      path: '/events',
      tag: 'fleet',
      summary: 'Follow the fleet (server-sent events)',
      description:
        'Events: `scaling` once a second (as `GET /scaling`), `decision` at each change of the number of workers, and ' +
        '`jobs` with the starts and ends of the last second (counted; at most 100 are named).',
      role: 'read',
      answers: { 200: { description: 'Events', schema: z.unknown(), contentType: EVENT_STREAM } },
      async handle(_input, request, response) {
        const stream = openEventStream(request, response)
        const signal = AbortSignal.any([stream.closed, stopping])
        const { sleep } = sleeper(signal)
        let started: JobStarted[] = []
        let ended: JobEnded[] = []
        let counts = { started: 0, ended: 0 }
        const unlisten = fleet.listen((event) => {
          if (event.kind === 'scaler' && event.decision && event.decision.from !== event.decision.to) {
            stream.send('decision', event.decision)
          }
          if (event.kind !== 'jobs') return
          counts = {
            started: counts.started + event.started.length,
            ended: counts.ended + event.ended.length,
          }
          started = [...started, ...event.started.map(startOf)].slice(-MAX_NAMED)
          ended = [...ended, ...event.ended.map(endOf)].slice(-MAX_NAMED)
        })
        try {
          while (!signal.aborted) {
            stream.send('scaling', scalingOf(parts))
            if (counts.started + counts.ended > 0) stream.send('jobs', { counts, started, ended })
            started = []
            ended = []
            counts = { started: 0, ended: 0 }
            await sleep(FLEET_MS)
          }
        } catch (error) {
          log.warn({ err: error }, 'the fleet’s stream ended early')
        } finally {
          unlisten()
          stream.end()
        }
      },
    }),
  ]
}
