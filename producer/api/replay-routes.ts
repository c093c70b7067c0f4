/** Dead letters put back. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { job } from '../../core/job.ts'
import { listLetters } from '../../core/store/find-letters.ts'
import { replayLetters } from '../../core/store/replay.ts'
import { idParams, notFound } from './job-routes.ts'
import { asked, chooses, filterOf, isId, letterChoice, noLetter, whichOnes } from './letter-filter.ts'
import type { ApiParts } from './parts.ts'
import { json, type Route, route } from './route.ts'

/** Letters that one request replays. */
const MAX_REPLAYED = 10_000

const toReplay = z
  .strictObject({
    ...letterChoice,
    after: z.uuid().optional().meta({ description: 'Go on after this letter: `next` of the answer before.' }),
  })
  .refine(chooses, whichOnes)
  .meta({ id: 'ReplayRequest' })

export const answer = z
  .object({
    replayed: z.int().meta({ description: 'Jobs that are put back.' }),
    skipped: z
      .int()
      .meta({ description: 'Letters left: no jobs, unknown ids, jobs that have ended otherwise.' }),
    more: z.boolean().meta({ description: 'There is more that fits: ask again with `after` = `next`.' }),
    next: z.uuid().optional(),
  })
  .meta({ id: 'Replayed' })

export const replayRoutes = ({ db, config, finder }: ApiParts): Route[] => {
  const { schema } = config.database
  return [
    route({
      method: 'post',
      path: '/dead-letters/replay',
      tag: 'dead letters',
      summary: 'Put back the dead letters that fit a filter',
      description:
        'Each keeps its id and its history, has all of its attempts again, and enters its key’s order at the end. ' +
        `In the order of their submission, at most ${MAX_REPLAYED} a request.`,
      role: 'operate',
      body: toReplay,
      answers: { 202: { description: 'They are put back', schema: answer } },
      async handle({ body }, _request, response) {
        const filter = { ...filterOf(body), after: body.after }
        const { replayed, skipped, next } = await asked(replayLetters(db, schema, filter, MAX_REPLAYED))
        const more = next !== undefined
        const notThere = body.ids ? new Set(body.ids).size - replayed.length - skipped : 0
        json(response, 202, {
          replayed: replayed.length,
          skipped: skipped + notThere,
          more,
          ...(more ? { next } : {}),
        })
      },
    }),
    route({
      method: 'post',
      path: '/jobs/:id/replay',
      tag: 'dead letters',
      summary: 'Put a dead job back',
      description:
        'It keeps its id and its history, has all of its attempts again, and enters its key’s order at the end.',
      role: 'operate',
      params: idParams,
      answers: { 202: { description: 'It is put back', schema: job } },
      async handle({ params: { id } }, _request, response) {
        const known = async () =>
          isId(id) ? (await asked(listLetters(db, { ids: [id], limit: 1 })))[0] : undefined
        if (!(await known())) throw noLetter(id)
        const { replayed } = await asked(replayLetters(db, schema, { ids: [id] }, 1))
        if (replayed.length === 0) {
          // Or somebody else has put it back, or dropped it, at this moment.
          if (await known())
            throw new AppError(
              'NOT_REPLAYABLE',
              `The dead letter ${id} is no job’s, or its job has ended otherwise.`,
            )
        }
        const found = await finder.find(id)
        if (!found) throw notFound(id)
        json(response, 202, found)
      },
    }),
  ]
}
