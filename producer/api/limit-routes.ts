/** Limits: how many jobs of a type or of a prefix of keys run, in the whole fleet. */
import { z } from 'zod'
import { jobKey, typeName } from '../../core/job.ts'
import { type LimitUsage, MAX_HELD } from '../../core/store/limit-usage.ts'
import { scopeOf } from '../limits.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

const limitBody = z
  .strictObject({
    paused: z.boolean().default(false).meta({ description: 'True: none of them starts.' }),
    concurrency: z
      .int()
      .min(1)
      .max(100_000)
      .nullable()
      .optional()
      .meta({ description: 'So many run at once in the whole fleet. Null or absent: any number.' }),
    rate: z.number().min(0.01).max(1_000_000).nullable().optional().meta({
      description: 'So many start a second in the whole fleet, evenly. Null or absent: any number.',
    }),
  })
  .meta({ id: 'LimitSetting' })

export const limitState = z
  .object({ paused: z.boolean(), concurrency: z.int().optional(), rate: z.number().optional() })
  .meta({ id: 'LimitState' })

export const limit = z
  .object({
    subject: z
      .string()
      .meta({ description: '`type:<type>` or `key:<prefix>`; `waitsFor` of jobs that it holds.' }),
    type: z.string().optional(),
    keyPrefix: z.string().optional(),
    ...limitState.shape,
    running: z.int().optional().meta({
      description: 'Jobs that run under it now; only where concurrency is limited, else it is not counted.',
    }),
    held: z.int().meta({
      description: `Jobs that wait for it, without those that wait behind them in their keys’ order; ${MAX_HELD} are counted at most, of all limits together.`,
    }),
  })
  .meta({ id: 'Limit' })

export const stateOf = ({ paused, concurrency, rate }: LimitUsage): z.output<typeof limitState> => ({
  paused,
  ...(concurrency === undefined ? {} : { concurrency }),
  ...(rate === undefined ? {} : { rate }),
})

const viewOf = (usage: LimitUsage): z.output<typeof limit> => ({
  subject: usage.subject,
  ...scopeOf(usage.subject),
  ...stateOf(usage),
  ...(usage.concurrency === undefined ? {} : { running: usage.running }),
  held: usage.held,
})

/** What a limit costs: the same for each of them. */
const COST =
  'It holds in the whole fleet, within a second of its change. What runs runs on. A job that finds no room waits in the database ' +
  '(`status` queued, `waitsFor` the subject): the log, its committed offset and its lag go on without it, so KEDA starts no workers for ' +
  'such jobs, which could not start them either. A job with a key keeps its place: the jobs of its key wait behind it. Jobs without a key ' +
  'may run in any order, as always. A worker that is frozen or cut off from the database may still run a job whose permit has expired ' +
  '(11 s): for that long one job more may run than the limit says.'

const typeParams = z.object({ type: typeName })
const prefixParams = z.object({
  prefix: jobKey.meta({ description: 'What the keys begin with, URL-encoded; 512 bytes at most.' }),
})

const answers = { 200: { description: 'The limit as it is now', schema: limit } }
const removed = { 204: { description: 'It is limited no more; what was held runs again' } }
const WHATEVER = 'Also where there is no limit.'

export const limitRoutes = ({ limits }: ApiParts): Route[] => {
  const pausing = (paused: boolean): Route =>
    route({
      method: 'post',
      path: `/types/:type/${paused ? 'pause' : 'resume'}`,
      tag: 'limits',
      summary: paused ? 'Pause a type: none of its jobs starts' : 'Resume a type',
      description: paused
        ? `Jobs are accepted as before, and wait. Other limits of the type stay. ${COST}`
        : 'What was held runs again, under the other limits of the type.',
      role: 'operate',
      params: typeParams,
      answers,
      async handle({ params }, _request, response) {
        json(response, 200, viewOf(await limits.pause(params, paused)))
      },
    })
  return [
    route({
      method: 'get',
      path: '/limits',
      tag: 'limits',
      summary: 'Limits, and what is under them now',
      description:
        'Of types and of prefixes of keys. One that was removed is here for as long as jobs wait to be let go.',
      role: 'read',
      answers: { 200: { description: 'By subject', schema: z.object({ limits: z.array(limit) }) } },
      async handle(_input, _request, response) {
        json(response, 200, { limits: (await limits.list()).map(viewOf) })
      },
    }),
    route({
      method: 'put',
      path: '/limits/types/:type',
      tag: 'limits',
      summary: 'Limit the jobs of a type',
      description:
        'Replaces the limit; one that limits nothing is none. A type without a handler is accepted only while jobs of it ' +
        `wait. ${COST}`,
      role: 'operate',
      params: typeParams,
      body: limitBody,
      answers,
      async handle({ params, body }, _request, response) {
        json(response, 200, viewOf(await limits.set(params, body)))
      },
    }),
    route({
      method: 'delete',
      path: '/limits/types/:type',
      tag: 'limits',
      summary: 'Don’t limit the jobs of a type',
      description: WHATEVER,
      role: 'operate',
      params: typeParams,
      answers: removed,
      async handle({ params }, _request, response) {
        await limits.remove(params)
        response.status(204).end()
      },
    }),
    route({
      method: 'put',
      path: '/limits/keys/:prefix',
      tag: 'limits',
      summary: 'Limit the jobs of all keys with a common beginning',
      description:
        'Replaces the limit; one that limits nothing is none. It is for all of these keys together. A job may be under several ' +
        `limits: it needs room in each. ${COST}`,
      role: 'operate',
      params: prefixParams,
      body: limitBody,
      answers,
      async handle({ params, body }, _request, response) {
        json(response, 200, viewOf(await limits.set({ keyPrefix: params.prefix }, body)))
      },
    }),
    route({
      method: 'delete',
      path: '/limits/keys/:prefix',
      tag: 'limits',
      summary: 'Don’t limit the jobs of these keys',
      description: WHATEVER,
      role: 'operate',
      params: prefixParams,
      answers: removed,
      async handle({ params }, _request, response) {
        await limits.remove({ keyPrefix: params.prefix })
        response.status(204).end()
      },
    }),
    pausing(true),
    pausing(false),
  ]
}
