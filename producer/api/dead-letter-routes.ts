/** Dead letters: what died and why; dropped. */
import { z } from 'zod'
import { countLetters, dropLetters, getLetter, listLetters } from '../../core/store/find-letters.ts'
import { idParams } from './job-routes.ts'
import {
  asked,
  chooses,
  filterOf,
  isId,
  letterChoice,
  letterFields,
  noLetter,
  whichOnes,
} from './letter-filter.ts'
import {
  letterOf,
  letterSchema,
  letterWithValueOf,
  letterWithValueSchema,
  readCursor,
  writeCursor,
} from './letter-view.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

const toDrop = z.strictObject(letterChoice).refine(chooses, whichOnes).meta({ id: 'DropRequest' })

const listQuery = z.object({
  ...letterFields,
  after: z
    .string()
    .refine((it) => readCursor(it) !== undefined, 'must be the `next` of a page')
    .optional()
    .meta({ description: 'Cursor: `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const page = z
  .object({
    deadLetters: z.array(letterSchema).meta({ description: 'Those that died last first, without values.' }),
    next: z.string().optional().meta({ description: 'Cursor of the next page: `after`.' }),
  })
  .meta({ id: 'DeadLetterPage' })

const counts = z.record(z.string(), z.int())
export const count = z
  .object({
    total: z.int(),
    byType: counts.meta({ description: 'An empty name: records without a type.' }),
    byCode: counts,
  })
  .meta({ id: 'DeadLetterCount' })

export const deadLetterRoutes = ({ db }: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/dead-letters',
    tag: 'dead letters',
    summary: 'List dead letters',
    description: 'Jobs that died and were not replayed, and records that are no jobs.',
    role: 'read',
    query: listQuery,
    answers: { 200: { description: 'A page', schema: page } },
    async handle({ query }, _request, response) {
      const { limit, after } = query
      const cursor = after === undefined ? undefined : readCursor(after)
      const letters = await asked(listLetters(db, { ...filterOf(query), limit, after: cursor }))
      const last = letters.length === limit ? letters.at(-1) : undefined
      json(response, 200, {
        deadLetters: letters.map(letterOf),
        ...(last ? { next: writeCursor(last) } : {}),
      })
    },
  }),
  route({
    method: 'get',
    path: '/dead-letters/count',
    tag: 'dead letters',
    summary: 'Count dead letters, by type and by error',
    role: 'read',
    query: z.object(letterFields),
    answers: { 200: { description: 'How many', schema: count } },
    async handle({ query }, _request, response) {
      const { total, byType, byCode } = await asked(countLetters(db, filterOf(query)))
      json(response, 200, {
        total,
        byType: Object.fromEntries(byType),
        byCode: Object.fromEntries(byCode),
      })
    },
  }),
  route({
    method: 'post',
    path: '/dead-letters/drop',
    tag: 'dead letters',
    summary: 'Drop the dead letters that fit a filter',
    description: 'Their jobs stay dead, and can’t be put back any more.',
    role: 'operate',
    body: toDrop,
    answers: { 200: { description: 'They are gone', schema: z.object({ dropped: z.int() }) } },
    async handle({ body }, _request, response) {
      json(response, 200, { dropped: await asked(dropLetters(db, filterOf(body))) })
    },
  }),
  route({
    method: 'get',
    path: '/dead-letters/:id',
    tag: 'dead letters',
    summary: 'A dead letter with its value',
    role: 'read',
    params: idParams,
    answers: { 200: { description: 'The letter', schema: letterWithValueSchema } },
    async handle({ params: { id } }, _request, response) {
      const letter = isId(id) ? await asked(getLetter(db, id)) : undefined
      if (!letter) throw noLetter(id)
      json(response, 200, letterWithValueOf(letter))
    },
  }),
  route({
    method: 'delete',
    path: '/dead-letters/:id',
    tag: 'dead letters',
    summary: 'Drop a dead letter',
    description: 'Its job stays dead, and can’t be put back any more.',
    role: 'operate',
    params: idParams,
    answers: { 204: { description: 'It is gone' } },
    async handle({ params: { id } }, _request, response) {
      const dropped = isId(id) ? await asked(dropLetters(db, { ids: [id] })) : 0
      if (dropped === 0) throw noLetter(id)
      response.status(204).end()
    },
  }),
]
